# fish completion of the programs of Pli; what there is to complete is said by "pli complete".
function __pli_candidates
    set -l words (commandline -opc)
    pli complete (basename $words[1]) $words[2..-1] (commandline -ct)
end
for program in mailserver mailclient visualizer dialogue pli
    complete -c $program -a '(__pli_candidates)'
end
