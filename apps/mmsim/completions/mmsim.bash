# SPDX-License-Identifier: GPL-2.0-or-later
# Completions of mmsim for bash.
_mmsim() {
    local word=$2 before=$3
    local commands='replay diff explain faults check reduce convert drivers new-driver'
    local run='--input-format --kernel --fixed-accounting --hook --driver --in-process --bind
        --initial-maps --addresses --page-faults --layout --max-map-count --limits --fail --pid
        --verify'
    local options=
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "$commands --help --version" -- "$word")
        return
    fi
    case $before in
        --kernel)
            mapfile -t COMPREPLY < <(compgen -W '6.12 6.16 6.18 7.0 7.1 7.2 7.3' -- "$word")
            return
            ;;
        --hook)
            mapfile -t COMPREPLY < <(compgen -W 'declared legacy prepare' -- "$word")
            return
            ;;
        --input-format)
            mapfile -t COMPREPLY < <(compgen -W 'json jsonl strace' -- "$word")
            return
            ;;
        --addresses)
            mapfile -t COMPREPLY < <(compgen -W 'recorded simulated' -- "$word")
            return
            ;;
        --page-faults)
            mapfile -t COMPREPLY < <(compgen -W 'trace eager' -- "$word")
            return
            ;;
        --layout)
            mapfile -t COMPREPLY < <(compgen -W 'auto top-down bottom-up' -- "$word")
            return
            ;;
        --by)
            mapfile -t COMPREPLY < <(compgen -W 'site path driver prot thread' -- "$word")
            return
            ;;
        -o | --output)
            mapfile -t COMPREPLY < <(compgen -W \
                'text json html maps smaps delta csv markdown folded tap junit github' -- "$word")
            return
            ;;
    esac
    case ${COMP_WORDS[1]} in
        replay) options="$run --output --expect-maps --fail-on --strict --verbose --by --all" ;;
        diff) options="$run --old --new --output --fail-on --all" ;;
        explain) options="$run --at --addr --rule" ;;
        faults) options="$run --sweep --only --pairs --list --save-trace --output" ;;
        check) options='--update --jobs --shard --merge --output' ;;
        reduce) options="$run --keep --output" ;;
        convert) options='--input-format' ;;
        drivers)
            mapfile -t COMPREPLY < <(
                compgen -W "$(mmsim drivers 2>/dev/null | cut -d' ' -f1)" -- "$word")
            return
            ;;
    esac
    case $word in
        -*) mapfile -t COMPREPLY < <(compgen -W "$options --help" -- "$word") ;;
        *) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
    esac
}
complete -o filenames -F _mmsim mmsim
