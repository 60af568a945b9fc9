#!/bin/sh
# Keeps one Postfix of a test, in a folder of its own: sh keeper.sh FOLDER OWNER. The folder holds main.cf and
# master.cf; the mailboxes belong to the user OWNER.
#
# Reads `start` and `stop` from its standard input and answers each with a line. When the input ends, be it that the
# test is over or that somebody killed it, Postfix is stopped and the folder goes. A signal that is meant for the test does
# not hinder it from that, nor that nobody reads its answers any more.
trap '' INT TERM HUP PIPE
# The daemon begins by closing every file that it may have open.
ulimit -n 1024
folder="$1"
owner="$2"
queue="$folder/queue"
daemons="$(/usr/sbin/postconf -c "$folder" -h daemon_directory)"
# If even this script is killed, Postfix ends by itself after so many seconds.
exit_after_s=900

mkdir "$queue" "$folder/data" "$folder/mail"
cd "$queue" || exit 1
mkdir active bounce corrupt defer deferred flush hold incoming maildrop pid private public saved trace
chown postfix active bounce corrupt defer deferred flush hold incoming private saved trace public "$folder/data"
chgrp postdrop public
chmod 700 active incoming private
chmod 710 public
chown "$owner" "$folder/mail"

start() {
    # Ends when the daemon listens, or with an error when it cannot.
    if "$daemons/master" -c "$folder" -e "$exit_after_s" -w >"$folder/start.log" 2>&1 </dev/null; then
        echo started
    else
        echo "failed: $(tr '\n' ' ' <"$folder/start.log")$(tail -n 3 "$folder/mail.log" | tr '\n' ' ')"
    fi
}

stop() {
    if [ -s pid/master.pid ] && ! "$daemons/master" -c "$folder" -t 2>/dev/null; then
        kill "$(tr -d ' ' <pid/master.pid)"
        # It holds this lock as long as it lives.
        flock pid/master.pid true
    fi
}

while read -r command; do
    case "$command" in
        start) start ;;
        stop) stop; echo stopped ;;
    esac
done
stop
cd /
rm -rf "$folder"
