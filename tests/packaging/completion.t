#!/usr/bin/env bash
# The completions: what they offer is what --help and the kit's files say, in bash, zsh and fish.
# shellcheck source=tests/lab/tap.sh
. tests/lab/tap.sh
unset LANGUAGE LC_ALL LC_MESSAGES
export LANG=C.UTF-8
mkdir "$work/path"
ln -s "$PWD/scripts/pli" "$bin/mailserver" "$bin/mailclient" "$bin/visualizer" "$bin/dialogue" "$work/path/"
PATH=$work/path:$PATH
# shellcheck source=packaging/completion/pli.bash
. packaging/completion/pli.bash

# What Tab offers in bash after these words, the last of which has begun.
offered() {
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
    _pli "$1" 2>/dev/null
    printf '%s\n' "${COMPREPLY[@]}"
}

offers() {
    local wanted=$1 got
    shift
    got=$(offered "$@" | xargs)
    echo "after $*: $got"
    [ "$got" = "$wanted" ]
}

# Every option of --help, and nothing else.
all_options() {
    local program=$1
    "$program" --help | grep -oE -- '(^|[ ,([])--[a-z-]+' | grep -o -- '--.*' | sort -u >"$work/help"
    offered "$program" -- | sort -u >"$work/offered"
    diff "$work/help" "$work/offered"
}

# Every subcommand that is offered is in --help.
in_help() {
    local program=$1 word
    shift
    for word in $(offered "$@" ""); do
        "$program" --help | grep -qw -- "$word" || { echo "$word"; return 1; }
    done
    [ -n "$word" ]
}

scenes() {
    diff <(cd labs/scenes && printf '%s\n' *.scene | sed 's/\.scene//' | sort) <(offered pli scene "" | sort)
}

explained() {
    LANGUAGE=fr pli complete pli scene "" >"$work/explained" && grep 'La lettre' "$work/explained" &&
        LANGUAGE=fr pli complete visualizer --print "" >"$work/explained" &&
        grep '^ladder.*la conversation' "$work/explained"
}

# Every option of a script's --help, called by its own name, as in the source tree.
script_options() {
    local name
    for name in "$@"; do
        "scripts/$name" --help | grep -oE -- '(^|[ ,([])--[a-z-]+' | grep -o -- '--.*' | sort -u >"$work/help"
        offered "scripts/$name" -- | sort -u >"$work/offered"
        [ -s "$work/help" ] && diff "$work/help" "$work/offered" && continue
        echo "$name"
        return 1
    done
}

labs() {
    local name
    for name in grade "autograder slurm"; do
        # shellcheck disable=SC2086  # words
        diff <(cd labs && printf '%s\n' */lab.conf | sed 's,/.*,,' | sort) <(offered scripts/$name "" | sort) ||
            { echo "$name"; return 1; }
    done
}

systems() {
    diff <(cd labs/autograder && printf '%s\n' */ | tr -d / | sort) <(offered scripts/autograder "" | sort)
}

# The shells know the scripts of the tree by name.
registered() {
    local name
    for name in $(scripts/pli --tree-commands); do
        complete -p "$name" || return 1
    done
}

in_zsh() {
    zsh -fc 'autoload -U compinit && compinit -D -d '"$work"'/dump && fpath=(packaging/completion $fpath)
        autoload -Uz _pli && words=(visualizer --print "lad") CURRENT=3
        _describe() { print -l -- ${(P)5} } && _files() { print files }
        _pli' >"$work/zsh" 2>&1
    cat "$work/zsh"
    grep -q '^ladder:the conversation' "$work/zsh"
}

in_fish() {
    HOME=$work fish -c 'source packaging/completion/pli.fish; complete -C "visualizer --print lad"' >"$work/fish" 2>&1
    cat "$work/fish"
    grep -q '^ladder' "$work/fish"
}

plan 21
check "visualizer: its options" all_options visualizer
check "mailclient: its options" all_options mailclient
check "mailserver: its options" all_options mailserver
check "visualizer --print: a kind" offers ladder visualizer --print lad
check "visualizer --export: a kind" offers pcapng visualizer --export pc
check "mailserver: its commands" in_help mailserver mailserver
check "mailserver user: its commands" in_help mailserver mailserver user
check "mailclient: its commands" in_help mailclient mailclient
check "mailserver -o: a setting" offers relayhost= mailserver -o relayh
check "pli scene: the scenes" scenes
check "pli netlab up: a topology" offers two-domains pli netlab up two-do
check "dialogue: its options" all_options dialogue
check "scripts of the source tree: their options" script_options grade check-labs autograder present netlab
check "the labs, where one is wanted" labs
check "the systems that can grade" systems
check "the scripts of the source tree have completions" registered
check "pli grade: the same as scripts/grade" offers "$(offered scripts/grade "" | xargs)" pli grade ""
check "present: a topic" offers 08-smtp scripts/present 08
check "explanations are in the user's language" explained
if command -v zsh >/dev/null; then
    check "zsh offers the same" in_zsh
else
    skip "zsh offers the same" "zsh is not installed"
fi
if command -v fish >/dev/null; then
    check "fish offers the same" in_fish
else
    skip "fish offers the same" "fish is not installed"
fi
