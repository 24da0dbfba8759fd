"""Any order, duplication and cutting of the messages gives the figures of the plain reference.

Both rules, several units, periods and cut-offs, what was known earlier, and every single case.
"""

import datetime
import random

import harness
import histories
import reference
from harness import AcceptanceTest, run, write_lines

SEED = 20250331
SEEDS = (5, 8, 9, 10, 11)
CASES = 400
NOW = datetime.datetime(2025, 5, 20, 12, 0, 0)
CLOCK = "2025-05-20T12:00:00+07:00"
UNITS = ["H34", "H34.23", "H34.23.09", "H34.23.10", "H34.14", "H34.05", "H34.77.03", "H99.01"]
PERIODS = [(datetime.date(2024, 12, 1), datetime.date(2024, 12, 31)),
           (datetime.date(2025, 1, 1), datetime.date(2025, 3, 31)),
           (datetime.date(2025, 2, 1), datetime.date(2025, 2, 28)),
           (datetime.date(2025, 3, 10), datetime.date(2025, 3, 10)),
           (datetime.date(2025, 1, 1), datetime.date(2025, 12, 31))]
MOMENTS = [None, datetime.datetime(2025, 1, 20, 10, 0, 0), datetime.datetime(2025, 3, 1, 0, 0, 0)]


def text_of(moment):
    return moment and moment.isoformat() + "+07:00"


class OrderTest(AcceptanceTest):
    @classmethod
    def setUpClass(cls):
        cls.messages = histories.Generator(SEED, CASES).messages()
        cls.cases = reference.read_cases(cls.messages)

    def serving(self, messages, files=1, name="daemon"):
        """A daemon on a store filled by `replay` with the messages dealt to `files` files."""
        daemon = self.daemon(name, start=False, clock=CLOCK)
        parts = [daemon.directory / f"part{i}.jsonl" for i in range(files)]
        for i, part in enumerate(parts):
            write_lines(part, messages[i::files])
        run("replay", "--data", daemon.data, *parts)
        return daemon.start()

    def compare_summaries(self, daemon, cases, known_at=None):
        wrong = []
        seen = set()
        for rule in reference.RULES:
            for unit in UNITS:
                for first, last in PERIODS:
                    for moment in MOMENTS:
                        now = moment or NOW
                        answer = daemon.summary(unit, **{"from": first, "to": last}, rule=rule,
                                                as_of=text_of(moment), known_at=text_of(known_at))
                        expected = reference.summary(cases, unit, first, last, rule, now)
                        counts = {key: answer[key] for key in expected}
                        self.check_identities(answer)
                        for name, value in reference.rates(expected).items():
                            if value is None:
                                self.assertIsNone(answer["rates"][name])
                            else:
                                self.assertAlmostEqual(value, answer["rates"][name], delta=1e-6)
                        if counts != expected:
                            wrong.append((rule, unit, str(first), str(last), text_of(moment),
                                          expected, counts))
                        seen.add(expected["received"]["total"])
        self.assertGreater(len(seen), 10, "the questions must have different answers")
        self.assertEqual([], wrong[:5], f"{len(wrong)} summaries differ")

    def compare_cases(self, daemon, cases, known_at=None):
        wrong = []
        seen = set()
        for moment in MOMENTS:
            for case in cases:
                answer = daemon.case(case.case_id, as_of=text_of(moment),
                                     known_at=text_of(known_at))
                for rule in reference.RULES:
                    expected = case.verdict(rule, moment or NOW).state
                    seen.add((rule, expected))
                    actual = answer["verdicts"][rule]["state"]
                    if actual != expected:
                        wrong.append((case.case_id, rule, text_of(moment), expected,
                                      answer["verdicts"][rule]))
        # early does not exist under qd766; everything else must have occurred.
        self.assertEqual(2 * 6 - 1, len(seen), seen)
        self.assertEqual([], wrong[:5], f"{len(wrong)} verdicts differ")

    def test_other_histories(self):
        for seed in SEEDS:
            messages = histories.Generator(seed, CASES).messages()
            daemon = self.serving(histories.shuffled(messages, seed), name=f"seed {seed}")
            cases = reference.read_cases(messages)
            with self.subTest(seed):
                self.compare_summaries(daemon, cases)
            daemon.close()

    def test_in_order(self):
        daemon = self.serving(self.messages)
        self.compare_summaries(daemon, self.cases)
        self.compare_cases(daemon, self.cases)

    def test_known_earlier(self):
        daemon = self.serving(self.messages)
        for known_at in (datetime.datetime(2025, 1, 25, 8, 0, 0),
                         datetime.datetime(2025, 3, 5, 8, 0, 0)):
            known = [case for case in reference.read_cases(self.messages, known_at)
                     if case.statements]
            self.compare_summaries(daemon, known, known_at)

    def test_shuffled(self):
        daemon = self.serving(histories.shuffled(self.messages, SEED))
        self.compare_summaries(daemon, self.cases)
        self.compare_cases(daemon, self.cases)

    def test_duplicated_split_and_shuffled(self):
        messages = histories.duplicated(self.messages, SEED)
        self.assertGreater(len(messages), 1.4 * len(self.messages))
        self.assertEqual([c.rows for c in self.cases],
                         [c.rows for c in reference.read_cases(messages)])
        daemon = self.serving(histories.shuffled(histories.split(messages), SEED + 1), files=3)
        self.compare_summaries(daemon, self.cases)
        self.compare_cases(daemon, self.cases)

    def test_replayed_twice_and_restarted(self):
        daemon = self.serving(self.messages)
        daemon.kill()
        again = daemon.directory / "again.jsonl"
        write_lines(again, histories.shuffled(self.messages, SEED + 2))
        run("replay", "--data", daemon.data, again)
        daemon.start()
        self.compare_summaries(daemon, self.cases)

    def test_lists_behind_the_counts(self):
        daemon = self.serving(self.messages)
        questions = random.Random(SEED).sample(
            [(rule, unit, period) for rule in reference.RULES for unit in UNITS[:6]
             for period in PERIODS], 12)
        for rule, unit, (first, last) in questions:
            rows = daemon.cases(unit=unit, rule=rule, **{"from": first, "to": last}, limit=50)
            members = reference.population(self.cases, unit, first, last, rule, NOW)
            expected = {case.case_id: verdict.state for case, verdict in members}
            actual = {row["case_id"]: row["state"] for row in rows}
            self.assertEqual(set(), set(expected.items()) ^ set(actual.items()),
                             (rule, unit, first, last))
            self.assertEqual(len(rows), len({row["case_id"] for row in rows}))


if __name__ == "__main__":
    harness.main()
