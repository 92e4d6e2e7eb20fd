"""What pip says, in words for people. Like bootstrap.py, it must parse on older Pythons."""

import re

# What pip said -> what to do. In this order: a dead network also ends in "No matching distribution".
PIP_FAILURES = {
    r"Retrying \(|Connection|timed out|Max retries|Temporary failure": "The packages could not be downloaded: check "
    "the network (behind a proxy, set HTTPS_PROXY) and run the same command again.",
    r"No space left": "The disk is full: free some gigabytes and run the same command again.",
    r"No matching distribution": "A package has no version for this Python ({}) on this computer: use a 64-bit Python "
    "3.11 to 3.14; PyTorch needs Linux, Windows, or a Mac with Apple silicon.",
    r"": "pip could not install the packages: see its message above, then run the same command again.",
}


def pip_progress(line: str) -> str:
    """The few lines of pip's output worth showing while people wait."""
    download = re.search(r"Downloading (?:\S*/)?([^/\s]+?)-(\d[^-\s]*)\S* \(([\d.]+ [MG]B)\)", line)
    if download:
        return "downloading {} {} ({})".format(*download.groups()).replace("%2B", "+")
    if line.startswith("Installing collected packages:"):
        return "unpacking {} packages".format(line.count(",") + 1)
    return "no answer from the network, trying again" if "Retrying (" in line else ""
