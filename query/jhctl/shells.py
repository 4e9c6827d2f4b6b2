"""Completion scripts for shells, from the table of options. What they offer live they ask `jhctl completion values`."""

from journalhub.query.jhctl.options import OPTIONS, Option

CONTEXT_VERBS = ("list", "add", "use", "current", "remove")

_SHELLS = ("bash", "zsh", "fish")

_OFFERED = [option for option in OPTIONS if not option.refused]

_BASH = """\
# bash completion for jhctl; made by `jhctl completion bash`.

_jhctl_values() {
    local value quoted
    while IFS= read -r value; do
        printf -v quoted %q "$value"
        COMPREPLY+=("$quoted")
    done < <(jhctl completion values "$1" "$2" "${COMP_WORDS[@]:1}" 2>/dev/null)
}

_jhctl() {
    local current="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}" word
    COMPREPLY=()
    if [[ $current == = ]]; then
        current=
    elif [[ $before == = ]]; then
        before="${COMP_WORDS[COMP_CWORD-2]}"
    fi
    case "${COMP_WORDS[1]}" in
        ctx)
            case $COMP_CWORD:${COMP_WORDS[2]} in
                2:*) COMPREPLY=($(compgen -W "@VERBS@" -- "$current")) ;;
                3:use|3:remove) _jhctl_values context "$current" ;;
            esac
            return ;;
        completion)
            ((COMP_CWORD == 2)) && COMPREPLY=($(compgen -W "@SHELLS@" -- "$current"))
            return ;;
    esac
    case "$before" in
@VALUES@
        @ARGUMENTS@) return ;;
    esac
    if [[ ${COMP_WORDS[COMP_CWORD]} == = || ${COMP_WORDS[COMP_CWORD-1]} == = ]]; then
        [[ $before =~ ^[A-Z_][A-Z0-9_]*$ ]] && _jhctl_values "$before=" "$current"
        return
    fi
    if [[ $current == -* ]]; then
        COMPREPLY=($(compgen -W "@OPTIONS@" -- "$current"))
        [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace
    elif [[ $current == [A-Z_]* || -z $current ]]; then
        _jhctl_values field "$current"
        COMPREPLY=("${COMPREPLY[@]/%/=}")
        compopt -o nospace
        ((COMP_CWORD == 1)) && [[ -z $current ]] && COMPREPLY+=(ctx completion)
    elif ((COMP_CWORD == 1)); then
        COMPREPLY=($(compgen -W "ctx completion" -- "$current"))
    fi
}

complete -F _jhctl jhctl
"""


def bash() -> str:
    """The script for bash 4 or newer; it needs nothing of the package bash-completion."""
    by_kind: dict[str, list[str]] = {}
    for option in _OFFERED:
        if option.values and (not _is_optional(option) or option.values != "field"):
            by_kind.setdefault(option.values, []).extend(_spellings(option))
    values = [f"        {'|'.join(names)}) {_bash_action(kind)}; return ;;" for kind, names in by_kind.items()]
    plain = [name for option in _OFFERED if option.argument and not option.values for name in _spellings(option)]
    plain = [name for name in plain if name not in ("--lines", "-n")]
    words = [word for option in _OFFERED for word in _bash_words(option)]
    text = _BASH.replace("@VALUES@", "\n".join(values)).replace("@ARGUMENTS@", "|".join(plain))
    text = text.replace("@OPTIONS@", " ".join(words)).replace("@VERBS@", " ".join(CONTEXT_VERBS))
    return text.replace("@SHELLS@", " ".join(_SHELLS))


def _bash_action(kind: str) -> str:
    if kind == "file":
        return 'compopt -o filenames; COMPREPLY=($(compgen -f -- "$current"))'
    return f'_jhctl_values {kind} "$current"'


def _bash_words(option: Option) -> list[str]:
    long = f"--{option.name}" + ("=" if option.argument and not _is_optional(option) else "")
    return [long, *([f"-{option.short}"] if option.short else [])]


def _spellings(option: Option) -> list[str]:
    return [f"--{option.name}", *([f"-{option.short}"] if option.short else [])]


def _is_optional(option: Option) -> bool:
    return option.argument.startswith("[")


_ZSH = """\
#compdef jhctl
# zsh completion for jhctl; made by `jhctl completion zsh`.

_jhctl_values() {
    local -a found
    found=("${(@f)$(jhctl completion values "$1" "$PREFIX" "${(@)words[2,-1]}" 2>/dev/null)}")
    [[ -n ${found[1]} ]] && compadd -- "${found[@]}"
}

_jhctl_words() {
    local -a found
    if compset -P 1 '*='; then
        _jhctl_values "${IPREFIX}"
        return
    fi
    ((CURRENT == 2)) && compadd -- ctx completion
    found=("${(@f)$(jhctl completion values field "$PREFIX" "${(@)words[2,-1]}" 2>/dev/null)}")
    [[ -n ${found[1]} ]] && compadd -S = -- "${found[@]}"
}

_jhctl() {
    case ${words[2]} in
        ctx)
            ((CURRENT == 3)) && compadd -- @VERBS@
            ((CURRENT == 4)) && [[ ${words[3]} == (use|remove) ]] && _jhctl_values context
            return ;;
        completion)
            ((CURRENT == 3)) && compadd -- @SHELLS@
            return ;;
    esac
    _arguments -s -S \\
@OPTIONS@
        '*:match:_jhctl_words'
}

if [[ ${funcstack[1]} == _jhctl ]]; then _jhctl "$@"; else compdef _jhctl jhctl; fi
"""


def zsh() -> str:
    """The function for zsh; a file `_jhctl` on its fpath, or `source <(jhctl completion zsh)`."""
    rows = "\n".join(f"        {row} \\" for option in _OFFERED for row in _zsh_rows(option))
    text = _ZSH.replace("@OPTIONS@", rows).replace("@VERBS@", " ".join(CONTEXT_VERBS))
    return text.replace("@SHELLS@", " ".join(_SHELLS))


def _zsh_rows(option: Option) -> list[str]:
    said = option.help.translate({ord(character): f"\\{character}" for character in "[]:"}).replace("'", "'\\''")
    action = ""
    if option.argument:
        optional = ":" if _is_optional(option) else ""
        name = option.argument.strip("[]+").lower()
        action = f"{optional}:{name}:{_zsh_action(option.values)}"
    long = f"--{option.name}" + ("=-" if _is_optional(option) else "=" if option.argument else "")
    short = f"-{option.short}" + ("-" if _is_optional(option) else "+" if option.argument else "")
    return [f"'*{spelled}[{said}]{action}'" for spelled in (long, *([short] if option.short else []))]


def _zsh_action(kind: str) -> str:
    if kind == "file":
        return "_files"
    return f"{{_jhctl_values {kind}}}" if kind else " "


_FISH = """\
# fish completion for jhctl; made by `jhctl completion fish`.

function __jhctl_values
    set -l begun (commandline -ct | string replace -r '^--[a-z0-9-]+=' '')
    jhctl completion values $argv[1] $begun (commandline -opc)[2..-1] 2>/dev/null
end

function __jhctl_words
    set -l current (commandline -ct)
    if string match -qr '^[A-Z_][A-Z0-9_]*=' -- $current
        set -l field (string split -m1 = -- $current)[1]
        for value in (jhctl completion values "$field=" (string split -m1 = -- $current)[2] 2>/dev/null)
            echo "$field=$value"
        end
    else if string match -qr '^[A-Z_]' -- $current
        jhctl completion values field $current 2>/dev/null | string replace -r '$' =
    end
end

complete -c jhctl -f
complete -c jhctl -n '__fish_is_first_token' -a 'ctx completion'
complete -c jhctl -n '__fish_seen_subcommand_from ctx' -a '@VERBS@'
complete -c jhctl -n '__fish_seen_subcommand_from use remove' -a '(__jhctl_values context)'
complete -c jhctl -n '__fish_seen_subcommand_from completion' -a '@SHELLS@'
complete -c jhctl -n 'not __fish_seen_subcommand_from ctx completion' -a '(__jhctl_words)'
"""


def fish() -> str:
    """The script for fish."""
    text = _FISH.replace("@VERBS@", " ".join(CONTEXT_VERBS)).replace("@SHELLS@", " ".join(_SHELLS))
    return text + "".join(map(_fish_row, _OFFERED))


def _fish_row(option: Option) -> str:
    parts = ["complete -c jhctl", *([f"-s {option.short}"] if option.short else []), f"-l {option.name}"]
    if option.argument and not _is_optional(option):
        parts.append("-r -F" if option.values == "file" else "-x")
    if option.values and option.values != "file":
        parts.append(f"-a '(__jhctl_values {option.values})'")
    said = option.help.replace("\\", "\\\\").replace("'", "\\'")
    return " ".join([*parts, f"-d '{said}'"]) + "\n"
