"""Which signals ask the app to stop and save."""

import signal


def stopping_signals() -> list[signal.Signals]:
    """Ctrl+C, SIGTERM, and SIGHUP, which a closed terminal or a dropped connection sends, unless nohup ignores it.

    Windows has no SIGHUP.
    """
    numbers = [signal.Signals[name] for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    return [number for number in numbers if number is signal.SIGINT or signal.getsignal(number) != signal.SIG_IGN]
