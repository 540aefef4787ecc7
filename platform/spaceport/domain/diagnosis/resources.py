"""Memory, disk, time, processes."""

from spaceport.domain.diagnosis.rule import rule

CERTAIN = (
    rule(
        "out-of-memory-build",
        r"^out of memory: ",
        "",
        "write fewer or smaller packages into requirements.txt (torch from its CPU index, for one), or ask the admin "
        "for more memory per build (SPACEPORT_BUILD_MEMORY_BYTES)",
    ),
    rule(
        "out-of-memory-run",
        r"^Memory limit exceeded",
        "",
        "load a smaller model or less data at once in the app, or choose hardware with more memory for the Space",
    ),
    rule(
        "build-deadline",
        r"^the build took longer than |^deadline: the build took too long",
        "",
        "take what takes so long out of requirements.txt (packages without a wheel for this Python are compiled), or "
        "load it when the app starts",
    ),
    rule(
        "volume-full",
        r"^(?P<what>/data is full: it holds [^;]+)",
        "{what}",
        "delete files below /data in the app, put an earlier copy back, or choose a larger volume in the Space's "
        "settings",
    ),
    rule(
        "disk-full",
        r"^the runner's machine failed: No space left on device"
        r"|^(?P<what>the disk of this machine is full(?: \([^)]*\))?)",
        "{what}",
        "ask the admin to make room, then push again",
        more=lambda words: {"what": words["what"] or "the disk of this machine is full"},
    ),
)
BUILD = (
    rule(
        "disk-full-build",
        r"No space left on device|Disk quota exceeded",
        "the build ran out of disk space",
        "write smaller packages into requirements.txt, or ask the admin to make room, then push again",
    ),
)
START = (
    rule(
        "disk-full-run",
        r"No space left on device|Disk quota exceeded",
        "the app ran out of disk space",
        "write less in {file}, or delete what is not needed any more (/tmp and /dev/shm are small); for /data choose a "
        "larger volume in the Space's settings",
    ),
    rule(
        "too-many-threads",
        r"can't start new thread|Resource temporarily unavailable|pthread_create failed",
        "the app started more processes and threads than it may",
        "start fewer workers in {file}, or set OMP_NUM_THREADS to 1 as a variable of the Space",
    ),
    rule(
        "memory-error",
        r"^(?:numpy\.\S*)?(?:_ArrayMemoryError|MemoryError)\b(?:: (?P<what>.+))?",
        "{place} asks for more memory than there is",
        "load less at once in {file}, or choose hardware with more memory for the Space",
    ),
    rule(
        "memory-error",
        r"^\S*(?:OutOfMemoryError|RuntimeError): CUDA (?:out of memory|error: out of memory)",
        "{place} asks for more memory of the GPU than there is",
        "load a smaller model in {file}, or the same one as float16, or choose hardware with a larger GPU",
    ),
)
