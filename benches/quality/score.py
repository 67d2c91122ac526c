"""Compares found spans with labelled ones. Offsets are characters.

A prediction is right if it and a label of the same type share at least half of the longer of the two; each is used once.
Labels of a type that the comparison leaves out hide what overlaps them, and so does a second find of one label.
"""

import collections


class Counts:
    def __init__(self):
        self.right = self.wrong = self.missed = 0

    @property
    def precision(self):
        return self.right / (self.right + self.wrong) if self.right + self.wrong else float("nan")

    @property
    def recall(self):
        return self.right / (self.right + self.missed) if self.right + self.missed else float("nan")

    @property
    def f1(self):
        found = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / found if found else float("nan")

    def add(self, other):
        self.right += other.right
        self.wrong += other.wrong
        self.missed += other.missed
        return self


def shared(a, b):
    """The share of the longer of two spans that both cover."""
    both = min(a[1], b[1]) - max(a[0], b[0])
    return max(both, 0) / max(a[1] - a[0], b[1] - b[0], 1)


def overlap(a, b):
    return a[0] < b[1] and b[0] < a[1]


def judge(labels, hidden, found):
    """labels: [(start, end, type)]; hidden: [(start, end)]; found: [(start, end, type, ...)].

    Returns (pairs of label and find, missed labels, wrong finds).
    """
    pairs = sorted(
        ((shared(label, find), i, j) for i, label in enumerate(labels) for j, find in enumerate(found) if label[2] == find[2]),
        reverse=True,
    )
    taken, used = {}, set()
    for share, i, j in pairs:
        if share >= 0.5 and i not in taken and j not in used:
            taken[i] = j
            used.add(j)
    again = lambda find: any(label[2] == find[2] and overlap(label, find) for i, label in enumerate(labels) if i in taken)
    wrong = [f for j, f in enumerate(found) if j not in used and not any(overlap(h, f) for h in hidden) and not again(f)]
    return [(labels[i], found[j]) for i, j in taken.items()], [l for i, l in enumerate(labels) if i not in taken], wrong


def spans(rows, types, found, checked=False):
    """Counts by type over rows of {id, text, spans}; `types` says what each label is called, None hides it. With `checked`,
    labels whose check digit is wrong are hidden. Also every find as (type, its extra fields, right)."""
    by_type, finds = collections.defaultdict(Counts), []
    for row in rows:
        labels, hidden = [], []
        for span in row["spans"]:
            kind = types.get(span["label"])
            if kind is None or (checked and span.get("cv") is False):
                hidden.append((span["start"], span["end"]))
            else:
                labels.append((span["start"], span["end"], kind))
        right, missed, wrong = judge(labels, hidden, found.get(row["id"], []))
        for _, find in right:
            by_type[find[2]].right += 1
            finds.append((find[2], find[3:], True))
        for label in missed:
            by_type[label[2]].missed += 1
        for find in wrong:
            by_type[find[2]].wrong += 1
            finds.append((find[2], find[3:], False))
    return by_type, finds


def total(by_type):
    out = Counts()
    for counts in by_type.values():
        out.add(counts)
    return out
