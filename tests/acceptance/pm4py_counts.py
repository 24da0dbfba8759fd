"""What PM4Py reads in event logs: run by the Python of build/test-tools, not by that of the tests.

pm4py_counts.py OUT LOG.xes…    one JSON object per log goes to OUT, as a list
"""

import json
import sys
import warnings

warnings.filterwarnings("ignore")

import pm4py  # noqa: E402  prints a banner, so the answer goes to a file


def counts(path):
    log = pm4py.read_xes(path)
    dfg, starts, ends = pm4py.discover_dfg(log)
    return {
        "columns": sorted(log.columns),
        "cases": int(log["case:concept:name"].nunique()),
        "events": len(log),
        "activities": pm4py.get_event_attribute_values(log, "concept:name"),
        "variants": sorted([list(way), int(cases)] for way, cases in pm4py.get_variants(log).items()),
        "transitions": sorted([*pair, int(count)] for pair, count in dfg.items()),
        "log": [[case, activity, at.isoformat()] for case, activity, at in zip(
            log["case:concept:name"], log["concept:name"], log["time:timestamp"])],
    }


with open(sys.argv[1], "w", encoding="utf-8") as out:
    json.dump([counts(path) for path in sys.argv[2:]], out)
