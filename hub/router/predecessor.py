"""A case that follows an ended one of the same applicant, and what was verified there and still counts (R18).

At its end a case gets a proof of what was verified in it, sealed with the hub's own key; the opening of the case that
follows brings it back. So no other case's state is read, and a proof counts years after that state is deleted. A proof
that is not the hub's, or is of another applicant, case or procedure, changes nothing: everything is verified anew. A
hub may have several keys, so that they can be changed: the first seals, all prove.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

import msgspec

from hub.events.envelope import Facts
from hub.names import APPLICATION, CaseId, StepName
from hub.network.plan import Plan, StepPlan
from hub.router.case import End, Lineage
from hub.router.draft import Draft

#: Characters of a proof that are looked at; ours have a few hundred.
MAX_PROOF_CHARS: Final = 8_000
#: Bytes of the seal under a proof and of the digest that stands for an applicant.
_SEAL_BYTES: Final = 16
_APPLICANT_BYTES: Final = 8
#: Ends after which what was verified counts: the case was decided.
_DECIDED: Final = frozenset({"completed", "rejected"})


class Proof(msgspec.Struct, frozen=True, omit_defaults=True):
    """Say what was verified in an ended case: by step, when (ms). ``applicant`` is a digest only the hub can make."""

    case: CaseId
    procedure: str
    applicant: str
    verified: dict[StepName, int] = {}


def enter(draft: Draft, opening: Facts) -> None:
    """Remember whose case it is; and, if its opening brings a proof that counts, what need not be done again."""
    declared = draft.procedure.predecessor
    if declared is None or not draft.plan.evidence_keys:
        return
    applicant = [opening.get(name) for name in declared.applicant]
    if not all(applicant):
        return  # nobody is named, and two nobodies are not one
    digests = _digests(draft.plan, applicant)
    draft.case.lineage = Lineage(applicant=digests[0])
    case, text = opening.get(declared.case), opening.get(declared.proof)
    if not case and not text:
        return
    proof = _opened(draft.plan, str(text or ""))
    why = proof if isinstance(proof, str) else _why_not(draft, proof, case=str(case or ""), digests=digests)
    if isinstance(proof, str) or why:
        draft.note("predecessor", why=f"{why}; everything is verified anew")
        return
    draft.case.lineage = Lineage(applicant=digests[0], case=proof.case, verified=proof.verified)
    draft.note("predecessor", why=f"it follows case {proof.case}")


def corrected(draft: Draft, said: Facts) -> None:
    """Let go of what was verified when the applicant turns out to be another."""
    declared, lineage = draft.procedure.predecessor, draft.case.lineage
    if declared is None or lineage is None or said.keys().isdisjoint(declared.applicant):
        return
    known = draft.case.facts.get(APPLICATION, {})
    if not all(known.get(name) for name in declared.applicant):
        draft.case.lineage = None  # who it is now cannot be told whole: no case may follow
        return
    digests = _digests(draft.plan, [known[name] for name in declared.applicant])
    if lineage.applicant not in digests:
        draft.case.lineage = Lineage(applicant=digests[0]) if digests else None


def uses(draft: Draft, step: StepPlan) -> bool:
    """Count a step as done if the predecessor verified it and that still counts; once, not after a return."""
    declared, lineage = draft.procedure.predecessor, draft.case.lineage
    at = lineage.verified.get(step.name) if lineage is not None else None
    state = draft.state(step.name)
    if declared is None or lineage is None or at is None or state.attempt or state.by:
        return False
    if draft.now >= at + declared.reuses.get(step.name, 0):
        draft.note("predecessor", step=step.name, why="what was verified has lapsed")
        return False
    state = draft.move(step.name, "done", why=f"verified in case {lineage.case}")
    state.by, state.ended = "predecessor", at
    draft.look.extend(step.successors)
    return True


def proof_of(draft: Draft, ends: End) -> str:
    """Write what was verified in a case that ends, for whoever opens one that follows; empty when nothing was."""
    declared, lineage = draft.procedure.predecessor, draft.case.lineage
    if declared is None or lineage is None or ends not in _DECIDED or not draft.plan.evidence_keys:
        return ""
    states = {name: draft.state(name) for name in declared.reuses}
    verified = {
        name: state.ended
        for name, state in states.items()
        if state.status == "done" and (not state.by or state.by == "predecessor")
    }
    made = Proof(draft.case.id, _procedure(draft), lineage.applicant, verified)
    return _sealed(draft.plan, made) if verified else ""


def sealed(plan: Plan, proof: Proof, *, applicant: Sequence[object]) -> str:
    """Seal a proof for an applicant, as the hub would have at a case's end; for rehearsals."""
    return _sealed(plan, msgspec.structs.replace(proof, applicant=_digests(plan, applicant)[0]))


def _why_not(draft: Draft, proof: Proof, *, case: str, digests: Sequence[str]) -> str:
    if proof.case != case or case == draft.case.id:
        return "the proof is another case's than the one that is named"
    if proof.applicant not in digests:
        return "the proof is another applicant's"
    return "" if proof.procedure == _procedure(draft) else "the proof is another procedure's"


def _procedure(draft: Draft) -> str:
    return draft.procedure.ref.partition("@")[0]


def _digests(plan: Plan, applicant: Sequence[object]) -> list[str]:
    """Stand for an applicant under each of the hub's keys, the one that seals first."""
    text = msgspec.json.encode([str(value) for value in applicant])
    return [
        blake2b(text, digest_size=_APPLICANT_BYTES, key=key[:64], person=b"applicant").hexdigest()
        for key in plan.evidence_keys
    ]


def _seal(key: bytes, content: bytes) -> bytes:
    return blake2b(content, digest_size=_SEAL_BYTES, key=key[:64], person=b"proof").digest()


def _sealed(plan: Plan, proof: Proof) -> str:
    content = msgspec.json.encode(proof)
    return f"{_text(content)}.{_text(_seal(plan.evidence_keys[0], content))}"


def _opened(plan: Plan, text: str) -> Proof | str:
    """Read a proof; say why not when it is none of this hub's."""
    if not text:
        return "there is no proof of the case that is named"
    content, _, seal = text[:MAX_PROOF_CHARS].partition(".")
    try:
        written, given = _bytes(content), _bytes(seal)
        if not any(hmac.compare_digest(_seal(key, written), given) for key in plan.evidence_keys):
            return "the proof is not this hub's"
        return msgspec.json.decode(written, type=Proof)
    except (ValueError, msgspec.MsgspecError):
        return "the proof cannot be read"


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
