# SPDX-License-Identifier: GPL-2.0-or-later
# Completions of mmsim for fish.
<<<<<<< HEAD
set -l commands replay diff explain check reduce convert drivers new-driver
=======
set -l commands replay diff explain faults check convert drivers new-driver
>>>>>>> 3cb4ab9 (mmsim faults: write findings as JSON, TAP, JUnit and for GitHub)
complete -c mmsim -n "not __fish_seen_subcommand_from $commands" -f -a replay -d 'Run a trace and report'
complete -c mmsim -n "not __fish_seen_subcommand_from $commands" -f -a diff -d 'Compare two settings or reports'
complete -c mmsim -n "not __fish_seen_subcommand_from $commands" -f -a explain -d 'Show an event, a boundary or a rule'
complete -c mmsim -n "not __fish_seen_subcommand_from $commands" -f -a faults -d 'Fail every step of a trace or of a driver'
complete -c mmsim -n "not __fish_seen_subcommand_from $commands" -f -a check -d 'Compare a corpus with its expectations'
complete -c mmsim -n "not __fish_seen_subcommand_from $commands" -f -a reduce -d 'Find the fewest events that show it'
complete -c mmsim -n "not __fish_seen_subcommand_from $commands" -f -a convert -d 'Rewrite a trace as JSON'
complete -c mmsim -n "not __fish_seen_subcommand_from $commands" -f -a drivers -d 'List the fake drivers'
complete -c mmsim -n "not __fish_seen_subcommand_from $commands" -f -a new-driver -d 'Write a starting point for a driver in C'
set -l run '__fish_seen_subcommand_from replay diff explain reduce'
complete -c mmsim -n "$run" -l input-format -x -a 'json jsonl strace' -d 'Format of the trace'
complete -c mmsim -n "$run" -l kernel -x -a '6.12 6.16 6.18 7.0 7.1 7.2 7.3' -d 'Rules to apply'
complete -c mmsim -n "$run" -l fixed-accounting -d 'Give back what real kernels leak'
complete -c mmsim -n "$run" -l hook -x -a 'declared legacy prepare' -d 'Form of drivers that have two'
complete -c mmsim -n "$run" -l driver -r -d 'Load drivers'
complete -c mmsim -n "$run" -l in-process -d 'Run plug-ins in this process'
complete -c mmsim -n "$run" -l bind -x -d 'Serve files by a driver'
complete -c mmsim -n "$run" -l initial-maps -r -d 'Layout before the first event'
complete -c mmsim -n "$run" -l addresses -x -a 'recorded simulated' -d 'Where addresses come from'
complete -c mmsim -n "$run" -l page-faults -x -a 'trace eager' -d 'Which pages count as written'
complete -c mmsim -n "$run" -l layout -x -a 'auto top-down bottom-up' -d 'How addresses are searched'
complete -c mmsim -n "$run" -l max-map-count -x -d 'VMAs that a process may have'
complete -c mmsim -n "$run" -l limits -r -d 'Limits as JSON'
complete -c mmsim -n "$run" -l fail -x -d 'Make a failure point fail'
complete -c mmsim -n "$run" -l pid -x -d 'Only this process'
complete -c mmsim -n "$run" -l verify -d 'Check every invariant'
set -l outputs '__fish_seen_subcommand_from replay diff faults check'
complete -c mmsim -n "$outputs" -s o -l output -x -a 'text json html maps smaps delta csv markdown folded tap junit github' -d Output
complete -c mmsim -n '__fish_seen_subcommand_from replay diff' -l fail-on -x -d Threshold
complete -c mmsim -n '__fish_seen_subcommand_from replay diff' -l all -d 'Keep every entry'
complete -c mmsim -n '__fish_seen_subcommand_from replay' -l expect-maps -r -d 'Compare the final layout'
complete -c mmsim -n '__fish_seen_subcommand_from replay' -l strict -d 'Findings are failures'
complete -c mmsim -n '__fish_seen_subcommand_from replay' -s v -l verbose -d 'Whole lists'
complete -c mmsim -n '__fish_seen_subcommand_from replay' -l by -x -a 'site path driver prot thread' -d 'Group VMAs'
complete -c mmsim -n '__fish_seen_subcommand_from diff' -l old -x -d 'Options of the old side'
complete -c mmsim -n '__fish_seen_subcommand_from diff' -l new -x -d 'Options of a new side'
complete -c mmsim -n '__fish_seen_subcommand_from explain' -l at -x -d Event
complete -c mmsim -n '__fish_seen_subcommand_from explain' -l addr -x -d Address
complete -c mmsim -n '__fish_seen_subcommand_from explain' -l rule -x -d Rule
complete -c mmsim -n '__fish_seen_subcommand_from faults' -l sweep -x -d 'A driver in every context'
complete -c mmsim -n '__fish_seen_subcommand_from faults' -l only -x -d 'One context'
complete -c mmsim -n '__fish_seen_subcommand_from faults' -l pairs -d 'Also fail two steps'
complete -c mmsim -n '__fish_seen_subcommand_from faults' -l list -d 'Only list failure points'
complete -c mmsim -n '__fish_seen_subcommand_from faults' -l save-trace -r -d 'Save the smallest context'
complete -c mmsim -n '__fish_seen_subcommand_from check' -l update -d 'Write expectations'
complete -c mmsim -n '__fish_seen_subcommand_from check' -s j -l jobs -x -d 'At a time'
complete -c mmsim -n '__fish_seen_subcommand_from check' -l shard -x -d 'Part K of N'
complete -c mmsim -n '__fish_seen_subcommand_from check' -l merge -r -d 'Join reports'
complete -c mmsim -n '__fish_seen_subcommand_from reduce' -l keep -x -d 'What to keep'
complete -c mmsim -n '__fish_seen_subcommand_from reduce' -s o -l output -r -d Output
complete -c mmsim -n '__fish_seen_subcommand_from convert' -l input-format -x -a 'json jsonl strace'
complete -c mmsim -n '__fish_seen_subcommand_from drivers' -f -a "(mmsim drivers 2>/dev/null | string replace -r ' .*' '')"
