#!/bin/sh
# Puts STL Transfer Lab into the menu of the user who runs this: no administrator needed.
#   ./install.sh                copies the folder to ~/.local/opt/stl-tl-gui
#   ./install.sh --in-place     leaves the folder where it is, for one that all users of a lab share
#   ./install.sh --uninstall    takes all of it away; runs, weights and settings of the user stay
set -eu

here=$(cd -- "$(dirname -- "$0")" && pwd -P)
data=${XDG_DATA_HOME:-$HOME/.local/share}
folder=$HOME/.local/opt/stl-tl-gui
command=$HOME/.local/bin/stl-tl-gui
entry=$data/applications/stl-tl-gui.desktop
kind=$data/mime/packages/stl-tl-gui.xml
icon=$data/icons/hicolor/scalable/apps/stl-tl-gui.svg

refresh() {  # what the desktop has read before; where a tool is missing, it looks at the next login
    if command -v update-desktop-database >/dev/null 2>&1; then update-desktop-database "$data/applications" || :; fi
    if command -v update-mime-database >/dev/null 2>&1; then update-mime-database "$data/mime" >/dev/null 2>&1 || :; fi
    if command -v gtk-update-icon-cache >/dev/null 2>&1; then
        gtk-update-icon-cache -q -t "$data/icons/hicolor" 2>/dev/null || :
    fi
}

remove() {  # also what was copied from a share that cannot be written
    if [ -d "$1" ]; then chmod -R u+w -- "$1" && rm -rf -- "$1"; fi
}

remove_copy() {  # only what is ours: the folder has to hold the program
    if [ -x "$folder/stl-tl-gui" ] && [ -d "$folder/_internal" ]; then remove "$folder"; fi
}

case ${1:-} in
--uninstall)
    rm -f -- "$entry" "$kind" "$icon"
    if [ -L "$command" ]; then rm -f -- "$command"; fi
    [ "$here" = "$folder" ] && cd /
    remove_copy
    refresh
    echo "STL Transfer Lab is no longer installed. Your runs and settings are untouched."
    exit 0
    ;;
--in-place)
    program=$here/stl-tl-gui
    ;;
'')
    program=$folder/stl-tl-gui
    if [ "$here" != "$folder" ]; then
        mkdir -p -- "$HOME/.local/opt"
        remove "$folder.new"
        cp -R -- "$here" "$folder.new"   # whole, or not at all
        chmod -R u+w -- "$folder.new"
        remove_copy
        if [ -e "$folder" ]; then
            remove "$folder.new"
            echo "$folder already exists and is not STL Transfer Lab: nothing was installed." >&2
            exit 1
        fi
        mv -- "$folder.new" "$folder"
    fi
    ;;
*)
    echo "Usage: install.sh [--in-place | --uninstall]" >&2
    exit 2
    ;;
esac

mkdir -p -- "$(dirname -- "$command")" "$(dirname -- "$entry")" "$(dirname -- "$kind")" "$(dirname -- "$icon")"
if [ -e "$command" ] && [ ! -L "$command" ]; then
    echo "$command already exists and is not a link: left unchanged." >&2
else
    ln -sfn -- "$program" "$command"
fi
# in a .desktop file, these letters of a path need a backslash, and % a second one
escaped=$(printf '%s' "$program" | sed -e 's/[\\"`$]/\\\\&/g' -e 's/%/%%/g' -e 's/[\\&|]/\\&/g')
sed "s|@PROGRAM@|$escaped|" "$here/share/stl-tl-gui.desktop" > "$entry"
cp -f -- "$here/share/stl-tl-gui.xml" "$kind"
cp -f -- "$here/share/stl-tl-gui.svg" "$icon"
refresh
echo "STL Transfer Lab is in the menu. In a terminal: $command"
case ":$PATH:" in
*":$HOME/.local/bin:"*) ;;
*) echo "($HOME/.local/bin is not in PATH yet; log in again.)" ;;
esac
