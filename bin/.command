#!/bin/sh
# Every other file in this folder is a link to this one: bin/NAME starts the subcommand NAME.
exec "$(dirname -- "$0")/../lutra" "$(basename -- "$0")" "$@"
