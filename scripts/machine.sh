# Sourced by scripts/setup: looks at everything that set-up needs from the system, before anything is downloaded, and says
# all that is missing at once, with where it is found and the command that installs it. `liveledger doctor` asks for the same.

GO_NEEDED=1.25 PYTHON_NEEDED=3.11 GIB_NEEDED=5

lacking=()  # sentences
packages=() # what the system's own package manager can install
other=0     # how many of the sentences it cannot

have() { command -v "$1" >/dev/null 2>&1; }

lacks() { # lacks SENTENCE [THING]: THING is something that the package manager has
    lacking+=("$1")
    if [ $# -gt 1 ]; then packages+=("$(package_of "$2")"); else other=$((other + 1)); fi
}

manager() {
    local candidate
    for candidate in apt-get dnf pacman zypper apk; do
        have "$candidate" && echo "$candidate" && return
    done
    return 0
}

package_of() { # package_of THING: its package, by the manager's own name
    case "$(manager):$1" in
    apt-get:venv) echo python3-venv ;;
    dnf:npm) echo nodejs-npm ;;
    pacman:python3 | pacman:venv) echo python ;;
    apk:venv | *:venv) echo python3 ;;
    *) echo "$1" ;;
    esac
}

install_command() {
    case "$(manager)" in
    apt-get) echo "apt-get update && apt-get install $*" ;;
    dnf) echo "dnf install $*" ;;
    pacman) echo "pacman -S $*" ;;
    zypper) echo "zypper install $*" ;;
    apk) echo "apk add $*" ;;
    *) echo "install $* with your system's package manager" ;;
    esac
}

at_least() { # at_least WANTED FOUND: both MAJOR.MINOR
    [ "$(printf '%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]
}

python_found() { # the first Python that is new enough
    local candidate
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        have "$candidate" && at_least "$PYTHON_NEEDED" "$(python_version "$candidate")" && echo "$candidate" && return
    done
    return 0
}

python_version() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || echo 0.0; }

go_version() { # MAJOR.MINOR of the Go that is really here, not of one that it would fetch for go.mod; nothing without one
    have go || return 0
    { GOTOOLCHAIN=local go env GOVERSION 2>/dev/null || true; } | sed -nE 's/^go([0-9]+\.[0-9]+).*/\1/p'
}

check_python() {
    local python
    python=$(python_found)
    if [ -z "$python" ]; then
        local found=none
        have python3 && found=$(python_version python3)
        lacks "Python $PYTHON_NEEDED or later (found: $found): https://www.python.org/downloads/" python3
    elif ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
        lacks "Python's modules venv and ensurepip: https://docs.python.org/3/library/venv.html" venv
    fi
}

check_go() {
    local found
    found=$(go_version)
    if [ -z "$found" ] || ! at_least "$GO_NEEDED" "$found"; then
        # A distribution's own Go is often older: the link, and no package's name.
        lacks "Go $GO_NEEDED or later (found: ${found:-none}), which builds the engines: https://go.dev/dl/"
    fi
}

check_disk() { # engines, packages and their caches: in this folder and in the home folder
    local folder free
    for folder in . "${HOME:-.}"; do
        free=$(($(df -Pk "$folder" | awk 'NR == 2 {print $4}') / 1048576))
        if [ "$free" -lt "$GIB_NEEDED" ]; then
            lacks "$GIB_NEEDED GiB of free disk for $folder (found: $free GiB)"
            return
        fi
    done
}

# check_machine PART…: `python`, `node` and `engine` are what is not set up yet.
check_machine() {
    [ $# -gt 0 ] || return 0
    [ "$(uname -s)" = Linux ] || lacks "Linux (found: $(uname -s)): use a machine, virtual machine or container with it"
    have git || lacks "git: https://git-scm.com/downloads" git
    have make || lacks "make: https://www.gnu.org/software/make/" make
    case " $* " in *" python "*) check_python ;; esac
    case " $* " in *" node "*) have npm || lacks "npm, which comes with Node.js: https://nodejs.org/en/download" npm ;; esac
    case " $* " in *" engine "*) check_go ;; esac
    check_disk
    [ ${#lacking[@]} -gt 0 ] || return 0
    # Root on Debian or Ubuntu, and nothing is missing that apt has not: one installation, then all is looked at again.
    if [ "$other" = 0 ] && [ "$(manager)" = apt-get ] && [ "$(id -u)" = 0 ] && [ -z "${MACHINE_TRIED:-}" ]; then
        say "installing ${packages[*]}"
        apt-get update -qq >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${packages[@]}" >&2 || true
        MACHINE_TRIED=yes lacking=() packages=()
        check_machine "$@"
        return
    fi
    say_lacking
    exit 4
}

say_lacking() {
    printf '[set-up] error: this machine lacks (nothing was downloaded):\n' >&2
    printf '           - %s\n' "${lacking[@]}" >&2
    if [ ${#packages[@]} -gt 0 ]; then
        printf '         hint: as root: %s\n' "$(install_command "${packages[@]}")" >&2
        [ "$other" = 0 ] || printf '               and what has no package from its link; then run this again\n' >&2
    else
        printf '         hint: put that right, then run this again\n' >&2
    fi
}
