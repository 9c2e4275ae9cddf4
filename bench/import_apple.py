"""An Apple Health export of a million records, through `manage.py import_stream` to the commit."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.apple_export import write_export
from bench.house import ROOT, Running
from bench.people import phones
from bench.results import Result

RECORDS = 1_000_000


def measure(running: Running) -> list[Result]:
    """Wall time of the whole command, Python's start included, and its peak memory."""
    (owner,) = phones(1)
    with tempfile.TemporaryDirectory(prefix="eka-") as folder:
        path = Path(folder) / "export.xml"
        size = write_export(path, RECORDS)
        command = [sys.executable, "manage.py", "import_stream", str(path), "--json"]
        command += ["--patient", str(owner.patient)]
        began = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        peak, ended = 0.0, 0
        while not ended:
            peak = max(peak, _high_water_mb(process.pid))
            time.sleep(0.02)
            ended, status, used = os.wait4(process.pid, os.WNOHANG)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.stdout is not None
        report = json.load(process.stdout)
    assert process.returncode == 0
    assert report["stored"] + report["duplicate"] + report["refused"] == RECORDS
    detail = {
        "peak_mb": round(peak or used.ru_maxrss / 1024**2),
        "records_per_s": round(RECORDS / seconds),
        "cpu_s": round(used.ru_utime + used.ru_stime, 1),
        "file_mb": round(size / 1e6),
        "stored": report["samples"]["stored"],
        "refused": report["refused"],
    }
    return [Result("apple_1m_s", round(seconds, 2), "s", detail=detail)]


def _high_water_mb(pid: int) -> float:
    """The most it has held; its rusage would count this process too, which it was before exec."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    found = re.search(r"VmHWM:\s+(\d+) kB", text)
    return int(found[1]) / 1024 if found else 0.0
