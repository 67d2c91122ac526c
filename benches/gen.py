#!/usr/bin/env python3
"""Writes one synthetic corpus of a wanted size; the same arguments and pyarrow version give the same bytes.

usage: gen.py OUT KIND SIZE [--seed N] [--from FOLDER] [--codec NAME] [--row-group-rows N] [--no-page-index]

SIZE is the size of the file on disk (`64MiB`, `4GiB`, `40GB`), except for `zeros.gz`, where it is the size inflated, and
`nested.tar`, where it is the number of levels. Written to OUT.part first, so a file named OUT is whole.

  customers.parquet  20 columns: ids, names, addresses, cards, account numbers, dates, amounts, categories, notes
  prose.parquet      prose.txt as a table of ids and paragraphs
  customers.csv      the same table; notes with commas are quoted
  accounts.csv       20 columns, half of them numbers; an address, a telephone number and a national number a row
  prose.txt          running text, an identifier about every 20 KB
  chat.jsonl         support chats, two to five identifiers of 45 kinds a record
  digits.log         service logs made mostly of digits
  code.txt           source code with a key or a password every 50 KB
  text.gz            prose.txt in one gzip member
  base64 hex digits ats dots eyj groups shapes longline bait    input that punishes naive matching, no line breaks
  zeros.gz           zero bytes, about a thousandth of SIZE on disk
  nested.tar         a tar in a tar in a tar …

Text kinds repeat a unique block of up to 32 MiB under a new number; tables repeat 131,072 unique rows, each column turned
by another amount, with new ids and mail addresses. Only customers.* and *.parquet need pyarrow. Words are made up, which makes poor
prose (few capitals, names and figures); with `--from` prose and code are those of the documents and sources in FOLDER.
"""

import argparse
import base64
import datetime
import itertools
import json
import os
import pathlib
import random
import re
import struct
import sys
import tarfile
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fixtures"))
sys.dont_write_bytecode = True

import documents  # noqa: E402
from synthetic import CITIES, MAIL_DOMAINS, STREETS, Maker  # noqa: E402

BLOCK = 32 << 20
ROWS = 131_072
# Every block of text carries this once a record or line; each repetition puts its own number there.
MARK = b"batch-00000000"


def parse_size(text: str) -> int:
    number, unit = re.fullmatch(r"(\d+)\s*([A-Za-z]*)", text).groups()
    units = {"": 1, "B": 1} | {f"{p}B": 1000**i for i, p in enumerate("KMGT", 1)} | {f"{p}iB": 1024**i for i, p in enumerate("KMGT", 1)}
    return int(number) * units[unit]


# --- text -----------------------------------------------------------------------------------------------------------

WORDS = (
    "the of and to in a is that it for was on as with at by be this had not are but from or have an they which one you were her all "
    "their there would been if more when will who so no out up into time only some could them other than then now over also after "
    "harbour boat tide winter letter market window bridge paper stone morning garden river station account machine weather silver "
    "captain village measure evening question answer shoulder kitchen railway engine lantern journey promise island number service "
    "message value record table column system report record network office company council teacher student patient doctor customer "
    "carried waited written answered opened closed measured counted followed finished started turned walked promised expected "
    "repaired delivered collected compared returned quiet narrow early heavy useful certain common simple bright local public open "
    "careful ordinary northern western ancient recent several hundred thousand seldom nearly rather perhaps already together "
    "without against between through across beyond beneath during before because although whether"
).split()


def sentences(r: random.Random, count: int):
    weights = [1 / (i + 3) for i in range(len(WORDS))]
    ends = (". ", ". ", ". ", "? ", "; ", ", and so on. ")
    for _ in range(count):
        words = r.choices(WORDS, weights, k=r.randint(5, 22))
        if r.random() < 0.15:
            words[r.randrange(len(words))] = str(r.choice((r.randint(2, 40), r.randint(1890, 2026), f"{r.randint(1, 99)}.{r.randint(0, 99):02d}")))
        text = " ".join(words)
        yield text[0].upper() + text[1:] + r.choice(ends)


PLANTED = (
    "Write to {email} or ring {us_phone} after lunch.",
    "The card {card} was charged twice.",
    "Her number is {us_ssn}, born {birth_date}.",
    "Please pay into {iban}.",
    "The host at {ipv4} was down again.",
    "NHS number {uk_nhs}, insurance number {uk_nino}.",
    "CPF {br_cpf}, DNI {es_dni}, PESEL {pl_pesel}.",
)
# What ordinary pages hold beside words.
FIGURES = (
    "Read more at https://www.{a}.example/{b}/{y}/{n:02d}/ for the full account.",
    "Posted on March {n}, {y} by {a} | Comments ({n})",
    "Price: ${n}.99, was ${y}.00 (save {n}%).",
    "Section {n}.{n}.1 describes {a} in detail.",
    "In {y}, about {n} per cent of the {a} were {b}.",
)


def filled(m: Maker, template: str) -> str:
    return template.format(**{k: drawn(m, k) for k in re.findall(r"{(\w+)}", template)})


def planted(m: Maker) -> str:
    return filled(m, m.r.choice(PLANTED))


# Shapes of identifiers that only have to look right: <d…> digits, <u…> capitals, <h…> hex, <b…> letters and digits.
SHAPES = {
    "uuid": "<h8>-<h4>-4<h3>-a<h3>-<h12>",
    "bitcoin": "1<v33>",
    "ethereum": "0x<h40>",
    "slack": "xoxb-<d12>-<d12>-<b24>",
    "stripe": "sk_live_<b24>",
    "google": "AIza<b35>",
    "bearer": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ<b60>.<b43>",
    "database_url": "postgres://tally:<b12>@db<d2>.internal.example:5432/prod",
    "passport": "<u1><d8>",
    "br_cnpj": "<d2>.<d3>.<d3>/0001-<d2>",
    "au_abn": "5<d1> <d3> <d3> <d3>",
    "au_medicare": "2<d3> <d5><d1> <d1>",
    "sg_nric": "S<d7><u1>",
    "jp_mynumber": "<d12>",
    "vin": "<v17>",
    "imei": "35<d13>",
}
ALPHABETS = {
    "d": "0123456789",
    "u": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "h": "0123456789abcdef",
    "b": "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
    "v": "123456789ABCDEFGHJKLMNPRSTUVWXYZ",
}
COMMON = "email us_phone uk_phone card us_ssn birth_date iban ipv4".split()
RARE = (
    "ipv6 mac uk_nino uk_nhs in_aadhaar in_pan br_cpf ca_sin au_tfn es_dni it_codice_fiscale fr_nir de_tax_id pl_pesel nl_bsn "
    "us_itin us_ein aba_routing github_token"
).split() + list(SHAPES)
LABELS = {"email": "my email is", "us_phone": "call me on", "uk_phone": "phone", "us_ssn": "SSN", "birth_date": "date of birth"}


def drawn(m: Maker, kind: str) -> str:
    """A value of one kind: a valid one, or one of the right shape."""
    if kind not in SHAPES:
        return getattr(m, kind)()
    return re.sub(r"<(.)(\d+)>", lambda x: "".join(m.r.choices(ALPHABETS[x[1]], k=int(x[2]))), SHAPES[kind])


class Texts:
    """What prose, chats, notes and code are made of: invented, or drawn from the documents and sources in a folder."""

    def __init__(self, r: random.Random, folder: pathlib.Path | None):
        self.r, self.folder = r, folder
        self.pool = documents.paragraphs(folder) if folder else list(sentences(r, 30_000))

    def paragraphs(self):
        while True:
            if self.folder:
                yield from self.r.sample(self.pool, len(self.pool))
            else:
                yield "".join(self.r.choices(self.pool, k=self.r.randint(3, 9))).rstrip()

    def sentences(self, count: int) -> list[str]:
        if not self.folder:
            return [s.strip() for s in self.pool[:count]]
        parts = (s for p in self.r.sample(self.pool, len(self.pool)) for s in re.split(r"(?<=[.!?]) ", p))
        return list(itertools.islice((s for s in parts if 40 <= len(s) <= 160), count))

    def source_files(self):
        """Source files without end; nothing if there is no folder."""
        files = documents.sources(self.folder) if self.folder else []
        while files:
            yield from self.r.sample(files, len(files))


def prose(m: Maker, size: int, texts: Texts) -> bytes:
    out, n, next_plant = [], 0, 10_000
    names = [w for w in WORDS if len(w) > 4]
    for paragraph in texts.paragraphs():
        if m.r.random() < 0.12:
            a, b = m.r.choices(names, k=2)
            paragraph += " " + m.r.choice(FIGURES).format(a=a, b=b, n=m.r.randint(1, 28), y=m.r.randint(1995, 2026))
        if n >= next_plant:
            paragraph += " " + planted(m)
            next_plant = n + m.r.randint(10_000, 30_000)
        out.append(paragraph + m.r.choice(("\n", "\n", "\n\n")))
        n += len(out[-1].encode())
        if len(out) % 500 == 0:
            out.append(f"[{MARK.decode()} page {len(out)}]\n")
        if n >= size:
            return "".join(out).encode()


def chat(m: Maker, size: int, texts: Texts) -> bytes:
    pool, out, n = texts.sentences(60_000), [], 0
    while n < size:
        said = []
        for kind in (m.r.choice(COMMON if m.r.random() < 0.72 else RARE) for _ in range(m.r.choice((2, 3, 3, 4, 5)))):
            if m.r.random() < 0.55:
                said.append(m.r.choice(pool).rstrip("."))
            said.append(f"{LABELS.get(kind, kind.replace('_', ' '))} {drawn(m, kind)}")
        record = {
            "id": 100_000 + len(out),
            "source": MARK.decode(),
            "at": f"{m.date(2024, 2026)}T{m.r.randrange(24):02d}:{m.r.randrange(60):02d}:00Z",
            "user": {"name": " ".join(m.name()), "email": m.email(), "city": m.r.choice(CITIES)},
            "role": m.r.choice(("user", "assistant")),
            "score": round(m.r.random(), 4),
            "text": ". ".join(said) + ".",
        }
        out.append(json.dumps(record, separators=(",", ":"), ensure_ascii=False) + "\n")
        n += len(out[-1].encode())
    return "".join(out).encode()


def accounts(m: Maker, size: int, texts: Texts) -> bytes:
    r, out, n = m.r, [], 0
    notes = [s[: r.randrange(30, 90)].replace('"', "'").replace(",", ";") for s in texts.sentences(20_000)]
    numbers = ("us_ssn",) * 10 + ("uk_nhs",) * 3 + ("br_cpf",) * 3 + ("es_dni",) * 4
    columns = "customer_id,created_at,first_name,last_name,email,phone,national_id,street,city,notes,age,balance,score,orders,lat,lon,tenure_days,discount,last_amount,batch"
    while n < size:
        first, last = m.name()
        note = r.choice(notes) + (f" card {m.card()}" if r.random() < 0.03 else "")
        row = (
            1_000_000 + len(out),
            f"{m.date(2023, 2025)} {r.randrange(24):02d}:{r.randrange(60):02d}:{r.randrange(60):02d}",
            first,
            last,
            m.email(first, last),
            m.us_phone(),
            getattr(m, r.choice(numbers))(),
            f"{r.randint(1, 9999)} {r.choice(STREETS)}",
            r.choice(CITIES),
            note,
            r.randrange(18, 95),
            round(r.random() * 20_000, 2),
            round(r.random(), 6),
            r.randrange(500),
            round(r.random() * 180 - 90, 6),
            round(r.random() * 360 - 180, 6),
            r.randrange(5000),
            r.randrange(50),
            round(r.random() * 900, 2),
            MARK.decode() if len(out) % 1000 == 0 else r.randrange(40),
        )
        out.append(",".join(map(str, row)) + "\n")
        n += len(out[-1].encode())
    return (columns + "\n" + "".join(out)).encode()


def digits_log(m: Maker, size: int, _: Texts) -> bytes:
    r, out, n, at = m.r, [], 0, 1_767_225_600_000

    def moment():
        s = at // 1000
        return f"2026-01-{s // 86400 % 28 + 1:02d} {s // 3600 % 24:02d}:{s // 60 % 60:02d}:{s % 60:02d},{at % 1000:03d}"

    makers = (
        lambda: f"{moment()} INFO [pool-{r.randrange(9)}-thread-{r.randrange(32)}] req={r.getrandbits(48)} ip={m.ipv4()} ms={r.random() * 900:.3f} bytes={r.randrange(10**7)} status=200 span={r.getrandbits(64):016x}",
        lambda: f"{at} {r.random() * 1e4:.6f} {r.random():.9f} {r.random() * 100:.2f} {r.randrange(10**9)} {r.randrange(10**6)} -{r.random() * 90:.6f} {r.random() * 180:.6f} {r.random() * 1e-5:.6e}",
        lambda: f'{m.ipv4()} - - [{at // 86_400_000 % 28 + 1:02d}/Jan/2026:{at // 3_600_000 % 24:02d}:{at // 60_000 % 60:02d}:{at // 1000 % 60:02d} +0000] "GET /api/v2/orders/{r.randrange(10**10)}?page={r.randrange(99)} HTTP/1.1" 200 {r.randrange(10**5)} {r.randrange(999)} {r.randrange(10**6)}us',
        lambda: f"order_id={r.randrange(10**12)} sku={r.randrange(10**7)} qty={r.randrange(9)} price={r.random() * 500:.2f} ts={at} shard={r.randrange(64)} off={r.randrange(10**11)} crc={r.getrandbits(32)}",
        lambda: f"{moment()} DEBUG {MARK.decode()} trace={drawn(m, 'uuid')} v=1.{r.randrange(20)}.{r.randrange(99)} mem={r.randrange(10**8)} gc={r.random():.4f}" + (f" pay={m.card()}" if r.random() < 0.02 else ""),
    )
    weights = (30, 25, 25, 15, 5)
    while n < size:
        at += r.randrange(40)
        out.append(r.choices(makers, weights)[0]() + "\n")
        n += len(out[-1])
    return "".join(out).encode()


CODE = (
    "def {a}_{b}({c}, {d}=None):\n    if {d} is None:\n        {d} = {c}.{a}({n})\n    return [{b}({e}) for {e} in {d}]\n\n",
    "for (int {a} = {n}; {a} < {b}.{c}; {a} += 1) {{\n    {d}[{a}] = {e}({b}, 0x{x:08x});\n}}\n",
    'impl {A} for {B} {{\n    fn {c}(&self, {d}: &[u8]) -> Option<usize> {{\n        {d}.iter().position(|&{e}| {e} == b\'{a}\'[0])\n    }}\n}}\n',
    "// {s}\nconst {a}{B} = ({c}, {d}) => {{ return {{ id: '{x:032x}', {e}: {c}?.{d} ?? {n} }}; }};\n",
    "SELECT {a}, count(*) AS {b} FROM {c}_{d} WHERE {e} > {n} GROUP BY {a} ORDER BY 2 DESC;\n",
    '#include <{a}/{b}.h>\nstatic const char *{c}_{d} = "{s}";\n',
)


SECRETS = (
    'aws_access_key_id = "{aws}"',
    'password = "{password}"',
    'TOKEN = "{github_token}"',
    'api_key: "{google}"',
    'slack = "{slack}"',
    'stripe = "{stripe}"',
    'auth = "{bearer}"',
    'DATABASE_URL={database_url}',
    "# ask {email}",
)


def secret(m: Maker) -> str:
    """A line or two that should not be in a repository."""
    template = m.r.choice((*SECRETS, "{pem}"))
    values = {"aws": m.aws_access_key(111122223333), "password": m.secret(24), "pem": m.private_key_pem()}
    return re.sub(r"{(\w+)}", lambda x: values.get(x[1]) or drawn(m, x[1]), template) + "\n"


def invented_code(r: random.Random, said: list[str]):
    names = [w for w in WORDS if len(w) > 3]
    quoted = [s.replace('"', "'") for s in said]
    while True:
        a, b, c, d, e = r.choices(names, k=5)
        fill = dict(a=a, b=b, c=c, d=d, e=e, A=a.title(), B=b.title(), n=r.randrange(5000), x=r.getrandbits(32), s=r.choice(quoted))
        yield r.choice(CODE).format(**fill)


def code(m: Maker, size: int, texts: Texts) -> bytes:
    out, n, next_key = [], 0, 25_000
    for text in itertools.chain(texts.source_files(), invented_code(m.r, texts.sentences(5_000))):
        if n >= next_key:
            text += "\n" + secret(m) + f"# {MARK.decode()}\n"
            next_key = n + m.r.randint(25_000, 75_000)
        out.append(text)
        n += len(text.encode())
        if n >= size:
            return "".join(out).encode()


def numbered(block: bytes):
    """The block for ever, each time under its own number."""
    for i in itertools.count():
        yield block.replace(MARK, b"batch-%08d" % i) if i else block


def cut_to(pieces, size: int, write):
    """Writes pieces until `size` bytes are out; the last one is cut after a whole line if it has lines."""
    for piece in pieces:
        if len(piece) >= size:
            last = bytes(piece[:size])
            return write(last[: last.rfind(b"\n") + 1] or last)
        write(piece)
        size -= len(piece)


# --- hostile text -----------------------------------------------------------------------------------------------------


def hostile(m: Maker, kind: str, size: int, texts: Texts) -> bytes:
    return {
        "base64": lambda: base64.b64encode(m.r.randbytes(size * 3 // 4 + 3)),
        "hex": lambda: m.r.randbytes(size // 2 + 1).hex().encode(),
        "digits": lambda: m.digits(size).encode(),
        "ats": lambda: b"a@" * (size // 4) + b"@" * (size // 2),
        "dots": lambda: b"a.b-c_d." * (size // 16) + b"." * (size // 2),
        "eyj": lambda: b"eyJ" * (size // 6) + b"eyJa.eyJb." * (size // 20),
        # Groups of digits that nearly every number on earth could begin with.
        "groups": lambda: " ".join(f"{m.digits(4)} {m.digits(3)}-{m.digits(2)}" for _ in range(size // 12 + 1)).encode(),
        # Numbers no two of which look alike.
        "shapes": lambda: "".join(m.digits(m.r.randint(1, 4)) + m.r.choice(" .-/:,") for _ in range(size // 3 + 1)).encode(),
        "longline": lambda: prose(m, size, texts).replace(b"\n", b" "),
        # What sends backtracking and naive restarts into squares: long almost-matches that fail at their end.
        "bait": lambda: ((b"a." * 30 + b"@" + b"a-" * 30 + b"!") + b"password=" * 8 + b"1:" * 24 + b"00-" * 24) * (size // 328 + 1),
    }[kind]()


# --- compression and nesting ----------------------------------------------------------------------------------------


def gzip_member(block: bytes, write, done):
    """One gzip member that inflates to `block` again and again until `done(stored, inflated)`.

    The block is deflated once with a full flush, after which the compressor remembers nothing: its output can be
    repeated. CRC and length are those of the whole.
    """
    write(b"\x1f\x8b\x08\x00\0\0\0\0\x00\xff")
    deflate = zlib.compressobj(1, zlib.DEFLATED, -15)
    packed = deflate.compress(block) + deflate.flush(zlib.Z_FULL_FLUSH)
    crc = stored = inflated = 0
    while not done(stored, inflated):
        write(packed)
        crc = zlib.crc32(block, crc)
        stored, inflated = stored + len(packed), inflated + len(block)
    write(b"\x03\x00" + struct.pack("<II", crc, inflated & 0xFFFF_FFFF))


def nested_tar(levels: int, write):
    """Headers from the outside in, then the innermost file, then the ends of all archives."""

    def header(name, size):
        info = tarfile.TarInfo(name)
        info.size = size
        return info.tobuf(tarfile.GNU_FORMAT)

    leaf = b"the bottom\n".ljust(512, b"\0")
    end = b"\0" * 1024
    # An archive of n bytes is n + 512 (header) + 1024 (end) bytes long; the innermost one holds 512.
    for level in range(levels, 0, -1):
        write(header("inner.tar", 512 + 1536 * level))
    write(header("leaf.txt", 11) + leaf + end * (levels + 1))


# --- tables -----------------------------------------------------------------------------------------------------------


class Customers:
    """Tables of `ROWS` rows, without end."""

    def __init__(self, m: Maker):
        import pyarrow as pa

        self.pa = pa
        said = list(sentences(m.r, 8_000))

        def note():
            if m.r.random() < 0.4:
                return None
            return m.r.choice(said).strip() + (" " + planted(m) if m.r.random() < 0.03 else "")

        epoch = datetime.date(1970, 1, 1)
        makers = {
            "first_name": (lambda: m.name()[0], pa.string()),
            "last_name": (lambda: m.name()[1], pa.string()),
            "phone": (m.us_phone, pa.string()),
            "ssn": (m.us_ssn, pa.string()),
            "card_number": (lambda: m.card(spaced=False), pa.string()),
            "iban": (lambda: m.iban() if m.r.random() < 0.5 else None, pa.string()),
            "date_of_birth": (lambda: (datetime.date.fromisoformat(m.birth_date()) - epoch).days, pa.int32()),
            "street": (m.address, pa.string()),
            "city": (lambda: m.r.choice(CITIES), pa.string()),
            "country": (lambda: m.r.choice(("GB", "DE", "FR", "NL", "ES", "PL")), pa.string()),
            "plan": (lambda: m.r.choice(("dinghy", "ketch", "schooner")), pa.string()),
            "status": (lambda: m.r.choice(("active", "active", "active", "dormant", "closed")), pa.string()),
            "last_ip": (m.ipv4, pa.string()),
            "balance": (lambda: m.r.randint(-20_000, 900_000) / 100, pa.float64()),
            "orders": (lambda: m.r.randrange(400), pa.int32()),
            "score": (m.r.random, pa.float64()),
            "note": (note, pa.string()),
        }
        # The generator runs column by column, so that adding one does not change those before it.
        self.base = {name: pa.array([make() for _ in range(ROWS)], kind) for name, (make, kind) in makers.items()}
        self.base["date_of_birth"] = self.base["date_of_birth"].cast(pa.date32())

    def tables(self):
        for i in itertools.count():
            yield self.table(i)

    def table(self, i: int):
        """The i-th table: every column turned by its own number of rows, ids and mail addresses new."""
        import pyarrow.compute as pc

        pa = self.pa
        columns = {}
        for k, (name, column) in enumerate(self.base.items()):
            turn = i * (7919 + 104 * k) % ROWS
            columns[name] = pa.concat_arrays([column[turn:], column[:turn]])
        first = 1_000_000 + i * ROWS
        ids = pa.array(range(first, first + ROWS), pa.int64())
        domain = pa.DictionaryArray.from_arrays(pc.cast(pc.bit_wise_and(ids, 3), pa.int32()), list(MAIL_DOMAINS)).cast(pa.string())
        local = pc.binary_join_element_wise(pc.utf8_lower(columns["first_name"]), pc.utf8_lower(columns["last_name"]), ids.cast(pa.string()), ".")
        second = pa.array(range(1_700_000_000 + first, 1_700_000_000 + first + ROWS), pa.timestamp("s"))
        head = {"customer_id": ids, "created_at": second, "email": pc.binary_join_element_wise(local, domain, "@")}
        return pa.table(head | columns)


def write_parquet(m: Maker, size: int, out, codec, group_rows, page_index):
    import pyarrow as pa
    import pyarrow.parquet as pq

    customers = Customers(m).tables()
    first = next(customers)
    with pq.ParquetWriter(out, first.schema, compression=codec, write_page_index=page_index) as writer:
        waiting = [first]
        while out.tell() < size:
            while sum(t.num_rows for t in waiting) < group_rows:
                waiting.append(next(customers))
            table = pa.concat_tables(waiting)
            writer.write_table(table[:group_rows], row_group_size=group_rows)
            waiting = [table[group_rows:]] if table.num_rows > group_rows else []


def write_prose(m: Maker, size: int, out, codec, group_rows, texts):
    """Paragraphs of one block of prose, again and again under new numbers."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([("id", pa.int64()), ("text", pa.string())])
    first = 0
    with pq.ParquetWriter(out, schema, compression=codec) as writer:
        for block in numbered(prose(m, BLOCK, texts)):
            rows = block.decode().split("\n\n")
            table = pa.table([range(first, first + len(rows)), rows], schema=schema)
            writer.write_table(table, row_group_size=group_rows)
            first += len(rows)
            if out.tell() >= size:
                return


def csv_text(table) -> memoryview:
    """The table as CSV, made by joining columns into one string array whose value buffer is the text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = [pc.fill_null(c.combine_chunks().cast(pa.string()), "") for c in table.columns]
    note = columns[-1]
    quoted = pc.binary_join_element_wise('"', note, '"', "")
    columns[-1] = pc.binary_join_element_wise(pc.if_else(pc.match_substring(note, ","), quoted, note), "\n", "")
    lines = pc.binary_join_element_wise(*columns, ",")
    return memoryview(lines.buffers()[2])


def write_csv(m: Maker, size: int, write):
    customers = Customers(m)
    first = customers.table(0)
    head = (",".join(first.column_names) + "\n").encode()
    cut_to(itertools.chain([head], (csv_text(t) for t in customers.tables())), size, write)


# --- driver -----------------------------------------------------------------------------------------------------------

TEXTS = {"prose.txt": prose, "chat.jsonl": chat, "accounts.csv": accounts, "digits.log": digits_log, "code.txt": code}
HOSTILE = ("base64", "hex", "digits", "ats", "dots", "eyj", "groups", "shapes", "longline", "bait")
OTHERS = ("customers.parquet", "prose.parquet", "customers.csv", "text.gz", "zeros.gz", "nested.tar")


def generate(args, out):
    m, size = Maker(f"{args.kind}/{args.seed}"), parse_size(args.size)
    if args.kind in TEXTS:
        cut_to(numbered(TEXTS[args.kind](m, min(size, BLOCK), Texts(m.r, args.folder))), size, out.write)
    elif args.kind in HOSTILE:
        cut_to(itertools.repeat(hostile(m, args.kind, min(size, BLOCK), Texts(m.r, args.folder))), size, out.write)
    elif args.kind == "text.gz":
        gzip_member(prose(m, min(size, BLOCK), Texts(m.r, args.folder)), out.write, lambda stored, _: stored >= size)
    elif args.kind == "zeros.gz":
        gzip_member(bytes(min(size, BLOCK)), out.write, lambda _, inflated: inflated >= size)
    elif args.kind == "nested.tar":
        nested_tar(size, out.write)
    elif args.kind == "prose.parquet":
        write_prose(m, size, out, args.codec, min(args.row_group_rows, 8192), Texts(m.r, args.folder))
    elif args.kind == "customers.csv":
        write_csv(m, size, out.write)
    else:
        write_parquet(m, size, out, args.codec, args.row_group_rows, args.page_index)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("kind", choices=(*OTHERS, *TEXTS, *HOSTILE))
    parser.add_argument("size")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--from", dest="folder", type=pathlib.Path)
    parser.add_argument("--codec", default="snappy")
    parser.add_argument("--row-group-rows", type=int, default=ROWS)
    parser.add_argument("--no-page-index", dest="page_index", action="store_false")
    args = parser.parse_args()
    part = args.out.with_name(args.out.name + ".part")
    with open(part, "wb") as out:
        generate(args, out)
    os.replace(part, args.out)


if __name__ == "__main__":
    main()
