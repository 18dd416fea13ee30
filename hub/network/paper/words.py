"""What a procedure's explanation says, in Indonesian and English: phrases, lengths of time, guards."""

from collections.abc import Mapping
from typing import Final, Literal

from hub.calendar import Measure
from hub.errors import ExpressionSyntaxError
from hub.names import APPLICATION, StepName
from hub.network.expression import parse, path_of
from hub.network.expression.syntax import Call, Constant, Listing, Node
from hub.network.model import Procedure, Text
from hub.network.span import WorkingTime

Language = Literal["id", "en"]

#: Each phrase in Indonesian and English.
_PHRASES: Final[Mapping[str, tuple[str, str]]] = {
    "application": ("permohonan", "the application"),
    "applicant": ("pemohon", "the applicant"),
    "version": ("versi {0}", "version {0}"),
    "for_service": ("SOP untuk layanan **{0}**, dimiliki {1}.", "The procedure of the service **{0}**, owned by {1}."),
    "opened_by": ("Dibuka oleh {0} dengan `{1}`.", "Opened by {0} with `{1}`."),
    "opened_by_step": ("Juga dibuka oleh langkah {0} dari **{1}**.", "Also opened by the step {0} of **{1}**."),
    "hands_back": ("Yang diserahkan kembali oleh permohonan yang selesai", "What a completed case hands back"),
    "goes_first": (
        "Didahulukan bila `{0}` mencatat alasan jalur prioritas; alasannya tidak ikut ke mana-mana.",
        "It goes first where `{0}` records a ground of the priority lane; the ground does not go along.",
    ),
    "goes_first_later": (
        "Didahulukan pula sejak jawaban mencatat alasan seperti itu: {0}.",
        "It goes first also from when an answer records such a ground: {0}.",
    ),
    "may_follow": (
        "Dapat melanjutkan permohonan sebelumnya dari pemohon yang sama (`{0}`).",
        "It may follow an earlier case of the same applicant (`{0}`).",
    ),
    "published": ("Yang diumumkan kepada masyarakat", "What the public is told"),
    "requirements": ("Persyaratan", "Requirements"),
    "procedure": ("Prosedur", "Procedure"),
    "time": ("Waktu", "Time"),
    "fee": ("Biaya", "Fee"),
    "product": ("Produk", "Product"),
    "complaints": ("Pengaduan", "Complaints"),
    "steps": ("Langkah", "Steps"),
    "does": ("{0} mengerjakan langkah ini.", "{0} does this step."),
    "opens_case": (
        "Langkah ini membuka permohonan **{1}** dan menunggu akhirnya; {0} yang bertanggung jawab.",
        "This step opens a case of **{1}** and waits for its end; {0} answers for it.",
    ),
    "starts": ("Mulai", "Starts"),
    "at_once": ("segera setelah permohonan dibuka", "as soon as the application is opened"),
    "after_one": ("setelah {0}", "after {0}"),
    "after_all": ("setelah semua ini selesai atau dilewati: {0}", "after all of these are done or skipped: {0}"),
    "after_any": ("setelah salah satu selesai: {0}", "after any of these is done: {0}"),
    "after_some": ("setelah sedikitnya {1} dari ini selesai: {0}", "after at least {1} of these are done: {0}"),
    "after_rejected": ("bila {0} ditolak", "when {0} is rejected"),
    "or_when": ("{0}, atau {1}", "{0}, or {1}"),
    "only_if": ("hanya jika {0}; jika tidak, dilewati", "only if {0}; otherwise it is skipped"),
    "data": ("Data yang diterima {0}", "Data that {0} gets"),
    "data_of_case": ("Data yang dibawa ke permohonan itu", "Data that go to that case"),
    "fact": ("{0}, dari {1}", "{0}, from {1}"),
    "fixed": ("{0}, sebagaimana ditulis: {1}", "{0}, as written: {1}"),
    "reckoned": ("{0}, dari {1}, dengan `{2}`", "{0}, from {1}, by `{2}`"),
    "allowed_by": ("Dasar aliran data: {0}.", "The data flows under: {0}."),
    "billed_tariff": (
        "`{0}`: jumlah menurut tarif `{1}` yang berlaku pada hari permohonan dibuka, dari {2}",
        "`{0}`: what tariff `{1}` of the day of opening comes to, from {2}",
    ),
    "billed_amounts": ("`{0}`: jumlah bagian {1}", "`{0}`: the sum of the shares of {1}"),
    "billed_share": ("`{0}`: bagian {1}", "`{0}`: the share of {1}"),
    "to_state": ("kas negara", "the State"),
    "to_province": ("kas provinsi", "the province"),
    "to_city": ("kas kota", "the city"),
    "receipt": (
        "dihitung hanya bila sama dengan tagihan, sampai rupiah terakhir{0}",
        "counts only when it is the bill, to the rupiah{0}",
    ),
    "by_payee": (" dan untuk setiap penerima", " and to each payee"),
    "bills": (
        "tagihan yang lewat diterbitkan ulang, paling banyak {0} tagihan",
        "a lapsed bill is issued anew, {0} bills at most",
    ),
    "reversed": ("pembayaran dapat ditarik kembali dengan `{0}`", "the payment can be taken back with `{0}`"),
    "payment": ("Pembayaran", "Payment"),
    "ends": ("Berakhir", "Ends"),
    "done": ("selesai dengan `{0}`", "done with `{0}`"),
    "referred": (
        "{0}; dirujuk ke {1}: waktunya ikut berpindah, dan pemohon diberi tahu",
        "{0}; referred to {1}: its time moves along, and the applicant is told",
    ),
    "returned_applicant": ("dikembalikan kepada pemohon dengan `{0}`", "returned to the applicant with `{0}`"),
    "returned_step": (
        "dikembalikan ke {1} dengan `{0}`; semua langkah sesudahnya diulang",
        "returned to {1} with `{0}`; every step after it is done again",
    ),
    "complete_within": ("{0}, yang melengkapi dalam {1}", "{0}, who completes it within {1}"),
    "rejected_ends": ("ditolak dengan `{0}`; permohonan berakhir", "rejected with `{0}`; the case ends"),
    "rejected_goes": (
        "ditolak dengan `{0}`; dilanjutkan dengan {1}",
        "rejected with `{0}`; it goes on with {1}",
    ),
    "provisional": (
        "berlaku sementara dengan `{0}`, sampai dipastikan atau dicabut",
        "stands provisionally with `{0}`, until it is confirmed or revoked",
    ),
    "confirm_within": ("{0}; dipastikan dalam {1}", "{0}; confirmed within {1}"),
    "revoked": ("dicabut dengan `{0}`; {1}", "revoked with `{0}`; {1}"),
    "then_incident": ("petugas memutuskan kelanjutannya", "a person decides how it goes on"),
    "then_reject": ("permohonan ditolak", "the case is rejected"),
    "then_return": ("dikembalikan", "it is returned"),
    "on_provisional": ("{0}; hasil sementara dari {1} cukup", "{0}; a provisional outcome of {1} is enough"),
    "progress": ("berlanjut dengan `{0}`", "goes on with `{0}`"),
    "clock_stopped": ("{0}; waktu berhenti", "{0}; the clock stops"),
    "clock_resumed": ("{0}; waktu berjalan lagi", "{0}; the clock runs again"),
    "clock_reset": ("{0}; waktu mulai dari awal", "{0}; the clock starts anew"),
    "reused": (
        "tidak diulang bila permohonan sebelumnya dari pemohon yang sama telah memeriksanya kurang dari {0} lalu",
        "not done again where an earlier case of the same applicant has verified it less than {0} ago",
    ),
    "due": ("Batas waktu", "Deadline"),
    "within": ("{0} sejak tugas diterima", "{0} from the task on"),
    "within_from": ("{0} sejak {1}", "{0} from {1}"),
    "by_calendar": ("{0}, menurut kalender “{1}” (`{2}`)", "{0}, by the calendar “{1}” (`{2}`)"),
    "missed_escalate": ("bila lewat, koordinator diberi tahu", "when missed, the coordinator is told"),
    "missed_deemed": ("bila lewat, dianggap selesai", "when missed, it counts as done"),
    "missed_deemed_by": ("bila lewat, dianggap selesai ({0})", "when missed, it counts as done ({0})"),
    "missed_proposal": (
        "bila lewat, hub mengusulkan kepada {0} agar dianggap selesai{1}",
        "when missed, the hub proposes to {0} that it counts as done{1}",
    ),
    "missed_expired": ("bila lewat, permohonan kedaluwarsa", "when missed, the case expires"),
    "missed_expired_unpaid": ("bila lewat, permohonan gugur karena tidak dibayar", "when missed, the case ends unpaid"),
    "missed_uncollected": (
        "bila lewat, permohonan ditutup karena hasilnya tidak diambil",
        "when missed, the case ends with its document not collected",
    ),
    "missed_deemed_withdrawn": ("bila lewat, permohonan dianggap ditarik", "when missed, the case counts as withdrawn"),
    "agreements": ("Perjanjian kerja sama", "Agreements"),
    "agreement": (
        "{0} (`{1}`), {2} sampai {3}; dasar: {4}",
        "{0} (`{1}`), {2} to {3}; legal basis: {4}",
    ),
    "nothing": ("tidak ada", "none"),
    "and": (" dan ", " and "),
    "or": (" atau ", " or "),
    "not": ("bukan ({0})", "not ({0})"),
    "is_there": ("{0} ada", "{0} is there"),
    "is_true": ("{0} bernilai ya", "{0} is yes"),
    "is_not_true": ("{0} bernilai tidak", "{0} is no"),
    "==": ("{0} adalah {1}", "{0} is {1}"),
    "!=": ("{0} bukan {1}", "{0} is not {1}"),
    "<": ("{0} kurang dari {1}", "{0} is less than {1}"),
    "<=": ("{0} paling banyak {1}", "{0} is at most {1}"),
    ">": ("{0} lebih dari {1}", "{0} is more than {1}"),
    ">=": ("{0} sedikitnya {1}", "{0} is at least {1}"),
    "in": ("{0} salah satu dari {1}", "{0} is one of {1}"),
    "start": ("Pembukaan", "Opening"),
    "picture": ("Alur {0}", "Flow of {0}"),
    "picture_of": (
        "{0} langkah; panah utuh: urutan, putus-putus: pengembalian, titik-titik: setelah penolakan",
        "{0} steps; solid arrows: order, dashed: returns, dotted: after a rejection",
    ),
    "if": ("jika …", "if …"),
}
_UNITS: Final = ((86_400_000, ("hari", "day")), (3_600_000, ("jam", "hour")), (60_000, ("menit", "minute")))

_WORKING_UNITS: Final[Mapping[Measure, tuple[int, tuple[str, str]]]] = {
    "days": (86_400_000, ("hari kerja", "working day")),
    "hours": (3_600_000, ("jam kerja", "working hour")),
}


class Tongue:
    """Speak one of the two languages."""

    def __init__(self, language: Language) -> None:
        """Choose the language."""
        self._at = 0 if language == "id" else 1

    def say(self, phrase: str, *parts: object) -> str:
        """Give a phrase with its parts in place."""
        return _PHRASES[phrase][self._at].format(*parts)

    def of(self, text: Text) -> str:
        """Give a text in this language."""
        return (text.id, text.en)[self._at]

    def span(self, span_ms: int) -> str:
        """Write a length of time in its largest whole unit."""
        unit, names = next((each for each in _UNITS if span_ms % each[0] == 0), _UNITS[-1])
        return self._counted(span_ms // unit, names[self._at])

    def time(self, time: int | WorkingTime) -> str:
        """Write a length of time; working time says so, as laws and service standards do."""
        if not isinstance(time, WorkingTime):
            return self.span(time)
        unit, names = _WORKING_UNITS[time.measure]
        return self._counted(time.amount // unit, names[self._at])

    def _counted(self, count: int, unit: str) -> str:
        plural = "s" if self._at and count != 1 else ""
        return f"{count} {unit}{plural}"

    def listed(self, parts: list[str]) -> str:
        """Join parts as one speaks: a, b and c."""
        return ", ".join(parts[:-1]) + self.say("and") + parts[-1] if len(parts) > 1 else "".join(parts)

    def step(self, procedure: Procedure, name: StepName) -> str:
        """Name a step by its title."""
        step = procedure.steps.get(name)
        return f"“{self.of(step.title)}”" if step else f"`{name}`"

    def source(self, procedure: Procedure, source: str) -> str:
        """Name where a fact comes from."""
        return self.say("application") if source == APPLICATION else self.step(procedure, StepName(source))

    def condition(self, procedure: Procedure, text: str) -> str:
        """Say a guard in words; one that is not simple enough stays as it is written."""
        try:
            return self._condition(procedure, parse(text)) or f"`{text}`"
        except ExpressionSyntaxError:
            return f"`{text}`"

    def _condition(self, procedure: Procedure, node: Node) -> str | None:
        match node:
            case Call("&&" | "||" as sign, (left, right)):
                both = [self._bracketed(procedure, part, sign) for part in (left, right)]
                word = self.say("and" if sign == "&&" else "or")
                return word.join(part for part in both if part) if all(both) else None
            case Call("!x", (inner,)):
                path = self._value(procedure, inner) if path_of(inner) else None
                said = self._condition(procedure, inner)
                return self.say("is_not_true", path) if path else self.say("not", said) if said else None
            case Call("has", (asked,)):
                return self.say("is_there", self._value(procedure, asked))
            case Call("==" | "!=" | "<" | "<=" | ">" | ">=" | "in" as sign, (left, right)):
                values = [self._value(procedure, part) for part in (left, right)]
                return self.say(sign, *values) if all(values) else None
            case _:
                value = self._value(procedure, node) if path_of(node) else None
                return self.say("is_true", value) if value else None

    def _bracketed(self, procedure: Procedure, node: Node, sign: str) -> str | None:
        """Say one side of and or or, in brackets where the two are mixed."""
        said = self._condition(procedure, node)
        mixed = isinstance(node, Call) and node.function in {"&&", "||"} and node.function != sign
        return f"({said})" if said and mixed else said

    def _value(self, procedure: Procedure, node: Node) -> str | None:
        path = path_of(node)
        if path:
            return f"`{'.'.join(path[1:])}` ({self.source(procedure, path[0])})"
        if isinstance(node, Constant):
            return f"“{node.value}”" if isinstance(node.value, str) else str(node.value).lower()
        if isinstance(node, Listing):
            values = [self._value(procedure, item) for item in node.items]
            return ", ".join(str(value) for value in values) if all(values) else None
        return None
