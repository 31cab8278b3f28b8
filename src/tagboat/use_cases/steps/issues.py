"""The step that tells issues and pull requests in which release they are."""

from tagboat.core.forge.release import with_values
from tagboat.core.record.record import TOLD, Event
from tagboat.core.step import Finding, State
from tagboat.use_cases.steps.forge_release import ForgeReleaseView
from tagboat.use_cases.steps.record import RecordWriter


class CommentOnIssues:
    """What a release ships has a comment and a label that say so, once each.

    A release does not depend on it.
    """

    name = "issues"
    is_courtesy = True

    def __init__(self, shown: ForgeReleaseView, writer: RecordWriter) -> None:
        self._shown = shown
        self._tagged = shown.tagged
        self._writer = writer

    def describe(self) -> str:
        """What is said where."""
        rules = self._shown.forge_target.rules
        label = f"the label {rules.label!r}" if rules.label else ""
        said = " and ".join(filter(None, ("a comment" if rules.comment else "", label)))
        return f"{said} on the issues and pull requests that {self._tagged.name} ships"

    def probe(self) -> Finding:
        """Done where the record tells so, or there is nothing to tell of."""
        if self._shown.is_to_come:
            return Finding(State.ABSENT, self._shown.forge_target.fault)
        record = self._tagged.record()
        if record is not None and any(event.kind == TOLD for event in record.events):
            return Finding(State.DONE)
        number = len(self._shown.forge_target.releases.ships(self._tagged))
        return Finding(State.ABSENT, f"{number} of them") if number else Finding(State.DONE)

    def apply(self) -> None:
        """Tell each of them, and record that it was done."""
        forge, rules = self._shown.forge_target.open(), self._shown.rules
        release = self._shown.state().release
        text = with_values(rules.comment, {"url": release.url if release is not None else ""})
        for item in self._shown.forge_target.releases.ships(self._tagged):
            if text:
                forge.comment(item, text, self._tagged.name)
            if rules.label:
                forge.label(item, rules.label)
        event = Event(time=self._writer.clock.now(), kind=TOLD)
        self._writer.append(self._tagged, event)
