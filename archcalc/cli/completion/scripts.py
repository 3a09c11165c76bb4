"""The scripts that ask for candidates, and where each shell finds its own."""

from __future__ import annotations

import os
from pathlib import Path

from archcalc.errors import UsageError

BASH = r"""_archcalc_completion() {
    local word
    COMPREPLY=()
    while IFS= read -r word; do
        COMPREPLY+=("$word")
    done < <(_ARCHCALC_COMPLETE=bash _ARCHCALC_LINE="${COMP_LINE:0:COMP_POINT}" \
        _ARCHCALC_BREAKS="$COMP_WORDBREAKS" "$1" 2>/dev/null)
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[/=] ]]; then
        compopt -o nospace 2>/dev/null
    fi
    return 0
}
complete -F _archcalc_completion archcalc
"""

ZSH = r"""#compdef archcalc
_archcalc() {
    local line word
    local -a open whole
    for line in "${(@f)$(_ARCHCALC_COMPLETE=zsh _ARCHCALC_LINE="${(j: :)words[1,CURRENT-1]} $PREFIX" \
        ${words[1]} 2>/dev/null)}"; do
        word="${line%%$'\t'*}"
        case "$word" in
            '') ;;
            *[/=]) open+=("$word") ;;
            *) whole+=("${word//:/\\:}:${line#*$'\t'}") ;;
        esac
    done
    (( $#open )) && compadd -S '' -- $open
    (( $#whole )) && _describe archcalc whole
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _archcalc "$@"; else compdef _archcalc archcalc; fi
"""

FISH = r"""complete -c archcalc -f -a '(env _ARCHCALC_COMPLETE=fish _ARCHCALC_LINE=(commandline -cp | string collect) archcalc 2>/dev/null)'
"""  # noqa: E501

SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}


def script(shell: str) -> str:
    """The script of a shell. Raises UsageError."""
    if shell not in SCRIPTS:
        raise UsageError(f"there is no completion for `{shell}`", help="bash, zsh or fish")
    return SCRIPTS[shell]


def install(shell: str) -> list[Path]:
    """Write the script, and for a shell that does not look there a line that reads it; says which files."""
    from archcalc.core.writing import save

    text = script(shell)
    file = _places(Path.home())[shell]
    file.parent.mkdir(parents=True, exist_ok=True)
    save(file, text)
    start = {"bash": ".bashrc", "zsh": ".zshrc"}.get(shell)
    if start is None:
        return [file]
    own = Path.home() / start
    line = f"source '{file}'"
    before = own.read_text(encoding="utf-8") if os.path.exists(own) else ""
    if line in before.split("\n"):
        return [file]
    save(own, before + "\n" * (not before.endswith("\n") and bool(before)) + line + "\n")
    return [file, own]


def _places(home: Path) -> dict[str, Path]:
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    return {
        "bash": data / "bash-completion" / "completions" / "archcalc",
        "zsh": data / "archcalc" / "completion.zsh",
        "fish": config / "fish" / "completions" / "archcalc.fish",
    }
