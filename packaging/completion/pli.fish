# fish completion of the programs of Pli; what there is to complete is said by "pli complete". In the source tree:
#     source packaging/completion/pli.fish
set -g __pli_tree (path resolve (status dirname)/../../scripts)
function __pli_candidates
    set -l words (commandline -opc)
    set -l pli pli
    # The programs and scripts of a source tree are asked themselves.
    test -x $__pli_tree/pli; and set pli $__pli_tree/pli
    $pli complete (basename $words[1]) $words[2..-1] (commandline -ct)
end
set -l programs mailserver mailclient visualizer dialogue pli
if test -x $__pli_tree/pli
    set programs $programs (string split ' ' -- ($__pli_tree/pli --commands) ($__pli_tree/pli --tree-commands))
end
for program in $programs
    complete -c $program -a '(__pli_candidates)'
end
