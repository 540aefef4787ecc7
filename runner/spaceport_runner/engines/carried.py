"""
Brings an app's variables through the walls without letting them work on the way.

Bubblewrap and setpriv run as the runner's user, often root: a variable such as LD_PRELOAD would have them load whatever
its owner likes. So what owners set passes them under other names, and gets its own again as the app's user. Pure.
"""

from collections.abc import Collection, Mapping

#: No variable and no secret of an owner can begin like this, see ``check_key`` of the platform.
PREFIX = "SPACEPORT_CARRIED_"
#: Its arguments are the names, two dashes and the command. ``command`` keeps a name that is the shell's own from
#: ending it.
SCRIPT = f"""
while [ "$1" != -- ]; do
    eval "SPACEPORT_VALUE=\\"\\${PREFIX}$1\\""
    command export "$1=$SPACEPORT_VALUE"
    unset "{PREFIX}$1"
    shift
done
unset SPACEPORT_VALUE
shift
exec "$@"
"""


def carried(
    command: list[str], environment: Mapping[str, str], names: Collection[str]
) -> tuple[list[str], dict[str, str]]:
    """The command and its environment, with the variables of these names put away until the command begins."""
    away = sorted(names & environment.keys())
    renamed = {(f"{PREFIX}{name}" if name in names else name): value for name, value in environment.items()}
    return (["/bin/sh", "-c", SCRIPT, "spaceport", *away, "--", *command] if away else command), renamed
