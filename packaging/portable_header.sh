#!/bin/sh
# chic @VERSION@ and the runtime it needs, for @TARGET@, in one file.
# The first run unpacks it into a folder of the user's cache; each run starts it there, without network.
set -eu

fail() {
  printf 'chic: %s\n' "$1" >&2
  exit 1
}

PATH=${PATH:-/usr/local/bin:/usr/bin:/bin}
export PATH

if [ -n "${XDG_CACHE_HOME:-}" ]; then
  cache=$XDG_CACHE_HOME/chic
elif [ -n "${HOME:-}" ]; then
  cache=$HOME/.cache/chic
else
  cache=${TMPDIR:-/tmp}/chic-$(id -u)
fi
program=$cache/@VERSION@-@ID@

digest() {
  if command -v sha256sum >/dev/null; then
    sha256sum
  elif command -v shasum >/dev/null; then
    shasum -a 256
  else
    fail 'expected sha256sum or shasum to check this file with, found neither'
  fi
}

# Runs in a shell of its own: neither its file mode nor its traps are for the program.
unpack() (
  umask 077
  mkdir -p "$cache" || fail "$cache: expected a folder to unpack into, found none that can be made (set XDG_CACHE_HOME)"
  # In a shared folder somebody else may have made it first, and would own what is run.
  [ -O "$cache" ] || fail "$cache: expected a folder of this user, found one of somebody else (set XDG_CACHE_HOME)"
  new=$(mktemp -d "$cache/unpack.XXXXXX") || fail "$cache: expected a folder that can be written (set XDG_CACHE_HOME)"
  trap 'rm -rf "$new"' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  tail -c +@OFFSET@ "$0" >"$new/archive" || fail "$cache: expected room for 150 MB, found too little"
  found=$(digest <"$new/archive")
  [ "${found%% *}" = @DIGEST@ ] || fail "$0: expected checksum @DIGEST@, found ${found%% *} (the file is damaged)"
  mkdir "$new/program"
  gzip -dc "$new/archive" | tar -xf - -C "$new/program" || fail "$cache: expected room for 150 MB, found too little"
  # Unlike mv, a rename does not put the folder into one that another run has made meanwhile.
  DENO_DIR=$new/runtime "$new/program/deno" run --quiet --no-config --no-prompt --allow-read --allow-write \
    "$new/program/move.js" "$new/program" "$program" ||
    fail "$cache: expected a folder that programs can be run from (set XDG_CACHE_HOME to another one)"
)

[ -d "$program" ] || unpack
# The runtime keeps compiled code there, and does not ask for updates of itself.
DENO_DIR=$program/runtime DENO_NO_UPDATE_CHECK=1
export DENO_DIR DENO_NO_UPDATE_CHECK
exec "$program/deno" run @FLAGS@ "$program/@PROGRAM@" "$@"
