"""What a grading found, as one value from which every format is written (formats.py)."""
import dataclasses

PASSED, FAILED, NOT_RUN = "passed", "failed", "not run"


@dataclasses.dataclass
class Verdict:
    name: str
    title: str
    points: int
    status: str = NOT_RUN
    text: str = ""           # a lesson when it failed, the reason when it was not run; already harmless
    hidden: bool = False
    recording: str = ""      # path of a pcapng that shows it
    packet: int = 1          # in which it shows it: a dialogue ends with the first line that is wrong
    path: str = ""           # of the test
    seconds: float = 0.0

    @property
    def score(self):
        return self.points if self.status == PASSED else 0


@dataclasses.dataclass
class Result:
    lab: str
    title: str
    student: str
    language: str
    verdicts: list = dataclasses.field(default_factory=list)
    notes: str = ""          # what else its author should know: warnings of the compiler, why nothing was run
    valid: bool = True       # False: there was nothing that could be graded
    seconds: float = 0.0

    @property
    def score(self):
        return sum(verdict.score for verdict in self.verdicts)

    @property
    def points(self):
        return sum(verdict.points for verdict in self.verdicts)

    def count(self, status):
        return sum(verdict.status == status for verdict in self.verdicts)
