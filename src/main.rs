//! The binary: everything is in the library.

// Gives memory back after a storm of connections; the system's allocator keeps it.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    doorbell::cli::main()
}
