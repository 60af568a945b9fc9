//! How an adversary behaves, and the dice that decide when.

/// How often it does what. Chances are in thousandths of the commits; the default is: never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// How many times a request, and then its answer, stands aside for other tasks, at most.
    pub yields_max: u32,
    /// Nothing is written, and the answer is a conflict over the first document read.
    pub conflict_permille: u32,
    /// It is written, and the answer is `Unknown`.
    pub lost_answer_permille: u32,
    /// It is not written, and the answer is `Unknown`.
    pub lost_request_permille: u32,
    /// The store goes back to what `remember` kept, before the commit.
    pub fail_over_permille: u32,
}

/// What becomes of one commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Honest,
    Conflict,
    LostAnswer,
    LostRequest,
    FailOver,
}

/// The chances, and the generator that draws by them.
pub(super) struct Dice {
    pub(super) plan: Plan,
    state: u64,
}

impl Dice {
    pub(super) fn new(seed: u64, plan: Plan) -> Self {
        // Spread, so that neighbouring seeds differ; the generator must not start at zero.
        Self { plan, state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1 }
    }

    /// xorshift64*.
    fn roll(&mut self) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32
    }

    pub(super) fn yields(&mut self) -> u64 {
        let bound = u64::from(self.plan.yields_max) + 1;
        self.roll() % bound
    }

    pub(super) fn fate(&mut self) -> Fate {
        let mut roll = (self.roll() % 1_000) as u32;
        let chances = [
            (self.plan.conflict_permille, Fate::Conflict),
            (self.plan.lost_answer_permille, Fate::LostAnswer),
            (self.plan.lost_request_permille, Fate::LostRequest),
            (self.plan.fail_over_permille, Fate::FailOver),
        ];
        for (permille, fate) in chances {
            if roll < permille {
                return fate;
            }
            roll -= permille;
        }
        Fate::Honest
    }
}
