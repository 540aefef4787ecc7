"""The network, the model hub, and the hardware that models ask for."""

from spaceport.domain.diagnosis.rule import rule

#: What wget, curl and a shell without them say when nothing came. Without addresses, which may hold a password.
_DOWNLOAD = (
    r"^(?:#\d+ [\d.]+ )?(?P<download>wget: unable to resolve host address [^\n]{1,150}|curl: \(\d+\) [^\n]{1,150}"
    r"|\d{4}-\d\d-\d\d [\d:]{8} ERROR \d{3}: [^\n]{1,80}"
    r"|Connecting to \S{1,100}? ?[^\n]{0,60}\.\.\. failed: [^\n]{1,60})"
)
_NO_PROGRAM = r"^\S{0,20}sh: (?:\d+: |line \d+: )?(?P<download>(?:wget|curl): (?:command )?not found)"
CERTAIN = (
    rule(
        "preload-too-large",
        r"^(?P<what>preload_from_hub asks for more than .+)",
        "{what}",
        "name single files behind the model in preload_from_hub (owner/name config.json,model.safetensors), choose a "
        "smaller model, or ask the admin for a higher limit (SPACEPORT_MAX_PRELOAD_BYTES)",
    ),
)
BUILD = (
    rule(
        "download-failed",
        _DOWNLOAD,
        "a download of the build failed: {download}",
        "correct the address after wget or curl, or push the file with the repo; if the address is right, ask the "
        "admin whether builds may reach it",
    ),
    rule(
        # Without its address, which may hold a password: everybody reads this line.
        "git-unreachable",
        r"Git operation failed|fatal: (?:unable to access|could not read from remote repository|repository '.*' not)",
        "a git repository named in requirements.txt cannot be fetched",
        "name it in requirements.txt with git+https:// and an address that needs no key and no password",
    ),
    rule(
        "index-unreachable",
        # The host alone: what stands before an @ may be a password.
        r"Failed to fetch: [`'\"]?https?://(?:[^/@\s]{1,200}@)?(?P<what>[\w.-]{1,253}(?::\d+)?)"
        r"|host='(?P<what2>[\w.-]{1,253})'[\s\S]{0,300}Failed to establish a new connection"
        r"|(?:Could not resolve|Temporary failure resolving) '(?P<what3>[\w.-]{1,253})'",
        "the package index at {what} could not be reached",
        "take lines with --index-url or --extra-index-url out of requirements.txt, if there are any, and push again; "
        "if it stays, ask the admin to look at the network of this machine",
        more=lambda words: {"what": words["what"] or words["what3"]},
    ),
    rule(
        "index-unreachable",
        r"Failed to fetch: |failed to (?:lookup|resolve) address|dns error|Temporary failure in name resolution"
        r"|tcp connect error|Failed to establish a new connection|Could not resolve '",
        "the package index could not be reached",
        "take lines with --index-url or --extra-index-url out of requirements.txt, if there are any, and push again; "
        "if it stays, ask the admin to look at the network of this machine",
    ),
)
#: In the words of Python and of the programs that an app starts.
_NOT_THERE = r"^(?:FileNotFoundError: .*|\S*Error: .*No such file or directory: )'(?P<what>[^']{1,200})'$"
START = (
    rule(
        "download-failed",
        _NOT_THERE,
        "the app needs {what}, and a download before it failed: {download}",
        "correct the download in {file}, or push {what} with the app; if the address is right, ask the admin whether "
        "Spaces may reach it",
        beside=_DOWNLOAD,
    ),
    rule(
        "download-failed",
        _NOT_THERE,
        "the app needs {what}, and could not download it: {download}",
        "download it with Python in {file} (huggingface_hub, urllib), or push {what} with the app; with the docker "
        "engine a line in packages.txt installs the program",
        beside=_NO_PROGRAM,
    ),
    rule(
        "gated-model",
        r"Access to (?:model|dataset|space)? ?(?P<what>[\w./-]+) is restricted"
        r"|You are trying to access a gated repo|GatedRepoError",
        "the model {what} is gated: its owner decides who may load it",
        "ask for access on the model's page, then add a secret HF_TOKEN with a token of an account that has it",
        more=lambda words: {"what": words["what"] or "that the app loads"},
    ),
    rule(
        "model-not-found",
        r"Repository Not Found for url: \S*?/(?:api/(?:models|datasets|spaces)/)?(?P<what>[\w.-]+/[\w.-]+)(?:/|\.$|$)"
        r"|(?<![\w./-])(?P<what2>[\w./-]{1,200}) is not a local folder and is not a valid model identifier"
        r"|RepositoryNotFoundError",
        "the model {what} does not exist on the hub this Space uses, or it is private",
        "check the name in {file}; for a private model add a secret HF_TOKEN with a token that may read it",
        more=lambda words: {"what": words["what"] or "that the app loads"},
    ),
    rule(
        "file-not-in-model",
        r"Entry Not Found for url: \S*?/(?P<what>[\w.-]+/[\w.-]+)/resolve/[^/]+/(?P<entry>\S+?)\.?$",
        "the model {what} has no file {entry}",
        "check the name of the file in {file}",
    ),
    rule(
        "hub-unreachable",
        r"LocalEntryNotFoundError|OfflineModeIsEnabled|couldn't connect to '(?P<what>[^']+)'"
        r"|An error happened while trying to locate the file(?:s)? on the Hub",
        "the model hub could not be reached, and the model is not in the cache",
        "push the model with the app and load it by its path in {file}, or ask the admin whether Spaces may reach the "
        "hub here",
    ),
    rule(
        "no-gpu",
        r"Torch not compiled with CUDA enabled|Found no NVIDIA driver on your system|No CUDA GPUs are available"
        r"|CUDA driver (?:version|initialization)|NVMLError_LibraryNotFound|NVML Shared Library Not Found"
        r"|libcuda\.so\S*: cannot open shared object|no CUDA-capable device|requires a GPU|No GPU found"
        r"|Attempting to deserialize object on a CUDA device but torch\.cuda\.is_available\(\) is False",
        "the app asks for a GPU, and there is none",
        'write device = "cuda" if torch.cuda.is_available() else "cpu" in {file}, or choose hardware with a GPU for '
        "the Space",
    ),
    rule(
        "server-refused",
        r"^[\w.]*(?:Error|Exception): .*(?:Connection refused|Errno 111|Errno 99|actively refused)",
        "the app could not reach a server it needs: nothing answers at that address",
        "put the server's address into a variable of the Space and read it in {file}: inside a Space, localhost is "
        "the app itself",
    ),
    rule(
        "server-unreachable",
        r"^[\w.]*(?:Error|Exception): .*(?P<what>Name or service not known|Temporary failure in name resolution"
        r"|Network is unreachable|nodename nor servname provided|No address associated with hostname)",
        "the app could not reach a server on the internet: {what}",
        "push what the app downloads together with it, or ask the admin whether Spaces may reach the internet here",
    ),
)
