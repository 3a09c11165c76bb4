"""By how much the process grows: its largest resident size, counted again from here, where the system can do that."""

from __future__ import annotations

from pathlib import Path

from archcalc.core.record import record

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
_PEAK = "5"
"""What makes Linux set the largest resident size back to the present one (man 5 proc)."""


@record
class Peak:
    """A point in time to measure from."""

    resident: int | None
    """Bytes at that time; None where the system does not say."""
    highest: int | None
    """The largest number of bytes until then; None where it was set back."""

    @classmethod
    def from_here(cls) -> Peak:
        """Start to measure."""
        try:
            _CLEAR.write_text(_PEAK, encoding="ascii")
            highest = None
        except OSError:
            highest = _status("VmHWM")
        return cls(_status("VmRSS"), highest)

    def growth(self) -> int | None:
        """Bytes that the process grew by at its largest since then; None where nobody knows."""
        highest = _status("VmHWM")
        if self.resident is None or highest is None:
            return None
        if self.highest is not None and highest <= self.highest:  # an older peak hides this one
            return None
        return max(0, highest - self.resident)


def _status(name: str) -> int | None:
    try:
        lines = _STATUS.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), None)
