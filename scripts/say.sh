# shellcheck shell=bash
# Sourced by the scripts: messages in the user's language.
#
# The scripts run before anything is built, and on systems without gettext, so
# each message stands in both languages where it is said:
#
#     say "English, with %s" "French, with %s" ARGUMENT...
#
# The language is chosen as the programs choose it: LANGUAGE, LC_ALL,
# LC_MESSAGES, LANG, the first that is set.

case ${LANGUAGE:-${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}} in
fr*) pli_language=2 ;;
*) pli_language=1 ;;
esac

# Installed, the scripts are commands of pli and the folders are elsewhere: texts say so.
as_installed() {
    text=${text//scripts\//pli }
    text=${text//bin\/mail/mail}
    text=${text//bin\/visualizer/visualizer}
    text=${text//labs\//"$PLI_INSTALLED/labs/"}
}

# Prints a line to standard output.
say() {
    local text=${!pli_language}
    shift 2
    [ -z "${PLI_INSTALLED-}" ] || as_installed
    # shellcheck disable=SC2059  # the message is the format
    printf -- "$text\n" "$@"
}

# The same to standard error, and the script ends with status 1.
die() {
    printf '%s: ' "${0##*/}" >&2
    say "$@" >&2
    exit 1
}
