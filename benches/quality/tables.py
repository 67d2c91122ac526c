#!/usr/bin/env python3
"""Makes tables whose columns are known: personal data under telling and useless headers, and what only looks like it.

  tables.py FOLDER [SEED]      writes FOLDER/*.csv and FOLDER/truth.jsonl, one line a column:
                               {"file", "column", "is": the classifier or null, "header": "told" | "bare" | "other"}

Every value is made up. A column may hold some blanks and typing errors, as real ones do.
"""

import csv
import hashlib
import ipaddress
import json
import random
import re
import sys
from datetime import date, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Makers:
    """Functions that make one value; `n` is the row."""

    def __init__(self, seed):
        self.r = random.Random(seed)
        names = {}
        for head, words in re.findall(r"\[(\d \d \d)\]\n([^\[]*)", (ROOT / "classifiers/lists/names.txt").read_text()):
            names[tuple(map(int, head.split()))] = words.split()
        self.given = [w for key, words in names.items() if key[0] >= 2 and key[2] == 0 for w in words]
        self.surnames = [w for key, words in names.items() if key[1] >= 2 and key[2] == 0 for w in words]
        self.words = [w for key, words in names.items() if key == (0, 0, 2) for w in words if len(w) > 3]

    def digits(self, count, first="0123456789"):
        return self.r.choice(first) + "".join(self.r.choice("0123456789") for _ in range(count - 1))

    def word(self):
        return self.r.choice(self.words)

    # Personal data.

    def invented(self, capital=True):
        """A name that no list has: one in ten."""
        parts = ("ba", "ko", "ri", "zu", "me", "lo", "tha", "vi", "nek", "dor", "shi", "ga")
        return "".join(self.r.choice(parts) for _ in range(3)).capitalize()

    def first_name(self, n):
        return self.invented() if self.r.random() < 0.1 else self.r.choice(self.given).capitalize()

    def last_name(self, n):
        return self.invented() if self.r.random() < 0.1 else self.r.choice(self.surnames).capitalize()

    def full_name(self, n):
        middle = f" {self.r.choice('ABCDEFGHJKLMNPRSTVW')}." if self.r.random() < 0.2 else ""
        return f"{self.first_name(n)}{middle} {self.last_name(n)}"

    def email(self, n):
        host = self.r.choice(["lumenbank.pt", "quarry-mail.com", "harbour.co.uk", "nordlicht.de"])
        return f"{self.first_name(n)}.{self.last_name(n)}{self.r.randrange(99)}@{host}".lower()

    def phone_us(self, n):
        area = self.r.choice("212 213 305 312 404 415 503 512 602 617 702 713 718 773 808 919".split())
        return area, self.digits(1, "23456789") + self.r.choice("023456789") + self.digits(1), self.digits(4)

    def phone_grouped(self, n):
        return "({}) {}-{}".format(*self.phone_us(n))

    def phone_dashed(self, n):
        return "-".join(self.phone_us(n))

    def phone_bare(self, n):
        return "".join(self.phone_us(n))

    def phone_international(self, n):
        return self.r.choice([f"+44 20 7{self.digits(3)} {self.digits(4)}", f"+33 6 {self.digits(2)} {self.digits(2)} {self.digits(2)} {self.digits(2)}", f"+49 151 {self.digits(8)}", f"+1 {'-'.join(self.phone_us(n))}"])

    def ssn(self, n):
        area = self.r.choice([*range(1, 666), *range(667, 900)])
        return f"{area:03}-{self.r.randrange(1, 100):02}-{self.r.randrange(1, 10000):04}"

    def ssn_bare(self, n):
        return self.ssn(n).replace("-", "")

    def card(self, n):
        head = self.r.choice(["4", "51", "52", "53", "54", "55", "37", "6011"])
        length = 15 if head == "37" else 16
        body = head + self.digits(length - len(head) - 1)
        total = sum(d if i % 2 else d * 2 - 9 * (d > 4) for i, d in enumerate(map(int, reversed(body))))
        return body + str(-total % 10)

    def card_grouped(self, n):
        number = self.card(n)
        return " ".join(number[i : i + 4] for i in range(0, 16, 4)) if len(number) == 16 else f"{number[:4]} {number[4:10]} {number[10:]}"

    def iban(self, n):
        body = self.digits(18)
        check = 98 - int(body + "131400") % 97
        return f"DE{check:02}{body}"

    def ipv4(self, n):
        while True:
            address = ipaddress.IPv4Address(self.r.getrandbits(32))
            if address.is_global and not address.is_multicast:
                return str(address)

    def birth_date(self, n):
        day = date(1940, 1, 1) + timedelta(days=self.r.randrange(25_000))
        return day.isoformat()

    def birth_date_slashes(self, n):
        day = date(1940, 1, 1) + timedelta(days=self.r.randrange(25_000))
        return f"{day.month}/{day.day}/{day.year}"

    def address(self, n):
        kind = self.r.choice("Street Ave Road Dr Lane Blvd Court".split())
        return f"{self.r.randrange(1, 9999)} {self.r.choice(self.surnames).capitalize()} {kind}"

    def address_long(self, n):
        town = self.r.choice(["Salem", "Lakewood", "Burlington", "Madison"])
        return f"{self.address(n)}, {town}, {self.r.choice(['OR', 'OH', 'VT', 'WI'])} {self.digits(5)}"

    def aadhaar(self, n):
        d = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 4, 0, 6, 7, 8, 9, 5], [2, 3, 4, 0, 1, 7, 8, 9, 5, 6], [3, 4, 0, 1, 2, 8, 9, 5, 6, 7], [4, 0, 1, 2, 3, 9, 5, 6, 7, 8], [5, 9, 8, 7, 6, 0, 4, 3, 2, 1], [6, 5, 9, 8, 7, 1, 0, 4, 3, 2], [7, 6, 5, 9, 8, 2, 1, 0, 4, 3], [8, 7, 6, 5, 9, 3, 2, 1, 0, 4], [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]]
        p = [list(range(10)), [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]]
        while len(p) < 8:
            p.append([p[1][i] for i in p[-1]])
        body = self.digits(11, "23456789")
        c = 0
        for i, digit in enumerate(map(int, reversed(body)), 1):
            c = d[c][p[i % 8][digit]]
        return body + str([0, 4, 3, 2, 1, 5, 6, 7, 8, 9][c])

    def nhs(self, n):
        while True:
            body = self.digits(9, "46789")
            check = -sum(int(digit) * (10 - i) for i, digit in enumerate(body)) % 11
            if check < 10:
                return body + str(check)

    def url(self, n):
        return f"https://www.{self.word()}.com/{self.word()}/{self.digits(4)}"

    def mac(self, n):
        return ":".join(f"{self.r.getrandbits(8):02x}" for _ in range(6)) if n else "00:1b:21:3a:44:0f"

    def birth(self):
        return date(1940, 1, 1) + timedelta(days=self.r.randrange(25_000))

    def birth_compact(self, n):
        return f"{self.birth():%Y%m%d}"

    def birth_short(self, n):
        return f"{self.birth():%y%m%d}"

    def birth_named_month(self, n):
        return f"{self.birth():%d-%b-%y}"

    def phone_float(self, n):
        return f"{self.phone_bare(n)}.0"

    def phone_apostrophe(self, n):
        return f"'{self.phone_bare(n)}"

    def zip_code(self, n):
        return self.digits(5)

    def card_expiry(self, n):
        return f"{self.r.randrange(1, 13):02}/{self.r.randrange(24, 33)}"

    def security_code(self, n):
        return self.digits(3)

    def password(self, n):
        return f"{self.word()[:6].capitalize()}{self.r.choice('!#%*')}{self.digits(3)}{self.r.choice('kqxz')}"

    def nino(self, n):
        return self.nino_like(n)[:-1] + self.r.choice("ABCD")

    def han_name(self, n):
        return self.r.choice("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗") + "".join(self.r.choice("伟芳娜敏静强磊军洋勇艳杰娟涛明超秀霞平刚") for _ in range(self.r.choice([1, 2])))

    def kana_name(self, n):
        return f"{self.r.choice(['佐藤', '鈴木', '高橋', '田中', '伊藤', '渡辺', '山本', '中村', '小林', '加藤'])} {self.r.choice(['葵', '結衣', '陽菜', '悠斗', '大翔', '明美', '健一', '美咲'])}"

    def kana_reading(self, n):
        return f"{self.r.choice(['サトウ', 'スズキ', 'タカハシ', 'タナカ', 'イトウ', 'ワタナベ', 'ヤマモト'])} {self.r.choice(['アオイ', 'ユイ', 'ハルト', 'アケミ', 'ケンイチ', 'ミサキ'])}"

    def cyrillic_surname(self, n):
        return self.r.choice(["Козлов", "Попов", "Новиков", "Кузнецов", "Соколов", "Морозов", "Волков", "Лебедев", "Зайцев", "Павлов", "Семёнов", "Голубев"])

    def cyrillic_full(self, n):
        given = self.r.choice(["Иван", "Алексей", "Андрей", "Пётр", "Сергей", "Дмитрий", "Николай"])
        father = self.r.choice(["Иванович", "Петрович", "Сергеевич", "Андреевич", "Николаевич", "Дмитриевич"])
        return f"{self.cyrillic_surname(n)} {given} {father}"

    def phone_unassigned(self, n):
        return self.r.choice([f"+47 42{self.digits(1)} {self.digits(2)} {self.digits(3)}", f"+49 150 {self.digits(7)}", f"+420 600 {self.digits(3)} {self.digits(3)}"])

    # What only looks like it.

    def cyrillic_thing(self, n):
        return self.r.choice(["Красный", "Новый", "Большой", "Северный", "Золотой"]) + " " + self.r.choice(["Октябрь", "Город", "Завод", "Берег", "Ключ", "Проект"])

    def nino_like(self, n):
        return f"{self.r.choice('ABCEGHJKLMNPRSTWXYZ')}{self.r.choice('ABCEGHJKLMNPRSTWXYZ')}{self.digits(6)}{self.r.choice('ABCDEFGHIJKLMNOPQRSTUVWXYZ')}"

    def pan_like(self, n):
        letters = "".join(self.r.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for _ in range(6))
        return f"{letters[:5]}{self.digits(4)}{letters[5]}"

    def dni_like(self, n):
        return f"{self.digits(8)}{self.r.choice('ABCDEFGHIJKLMNOPQRSTUVWXYZ')}"

    def version_of_four(self, n):
        return f"{self.r.randrange(1, 9)}.{self.r.randrange(30)}.{self.r.randrange(12)}.{self.r.randrange(250)}"

    def product_called(self, n):
        return f"{self.word().capitalize()} {self.r.choice(self.given).capitalize()} {self.r.choice(self.surnames).capitalize()}"

    def sequence(self, n):
        return str(n + 1)

    def sequence_nine(self, n):
        return str(100_000_000 + n)

    def sequence_ten(self, n):
        return str(2_125_550_000 + 7 * n)

    def sequence_sixteen(self, n):
        return str(4_000_000_000_000_000 + n)

    def id(self, length):
        return lambda n: self.digits(length, "123456789")

    def price(self, n):
        return f"{self.r.lognormvariate(3, 1.5):.2f}"

    def cents(self, n):
        return str(int(self.r.lognormvariate(9, 1.5)))

    def epoch(self, n):
        return str(1_500_000_000 + self.r.randrange(200_000_000))

    def epoch_ms(self, n):
        return str(1_500_000_000_000 + self.r.randrange(200_000_000_000))

    def epoch_us(self, n):
        return str(1_500_000_000_000_000 + self.r.randrange(200_000_000_000_000))

    def timestamp(self, n):
        return (datetime(2020, 1, 1) + timedelta(seconds=self.r.randrange(150_000_000))).isoformat(sep=self.r.choice("T "))

    def day(self, n):
        return (date(2018, 1, 1) + timedelta(days=self.r.randrange(2500))).isoformat()

    def compact_day(self, n):
        return self.day(n).replace("-", "")

    def md5(self, n):
        return hashlib.md5(self.digits(9).encode()).hexdigest()

    def sha256(self, n):
        return hashlib.sha256(self.digits(9).encode()).hexdigest()

    def uuid(self, n):
        text = self.md5(n)
        return "-".join([text[:8], text[8:12], text[12:16], text[16:20], text[20:]])

    def order_dashed(self, n):
        return f"{self.digits(3)}-{self.digits(3)}-{self.digits(4)}"

    def order_ssn_like(self, n):
        return f"{self.digits(3)}-{self.digits(2)}-{self.digits(5)}"

    def order_grouped(self, n):
        return f"{self.digits(4)} {self.digits(4)} {self.digits(4)} {self.digits(4)}"

    def sku(self, n):
        return f"{self.r.choice('ABCDEFGHKLMNPRST')}{self.r.choice('ABCDEFGHKLMNPRST')}-{self.digits(6)}"

    def version(self, n):
        return f"{self.r.randrange(9)}.{self.r.randrange(30)}.{self.r.randrange(30)}"

    def decimal(self, n):
        return f"{self.r.uniform(-180, 180):.6f}"

    def percent(self, n):
        return f"{self.r.random():.4f}"

    def count(self, n):
        return str(self.r.randrange(5000))

    def product(self, n):
        return f"{self.word().capitalize()} {self.word().capitalize()}"

    def company(self, n):
        return f"{self.r.choice(self.surnames).capitalize()} {self.r.choice(['Ltd', 'Inc', 'Group', 'GmbH', 'Partners', 'Bank'])}"

    def status(self, n):
        return self.r.choice(["open", "closed", "pending", "Shipped", "RETURNED"])

    def sentence(self, n):
        return " ".join(self.word() for _ in range(self.r.randrange(4, 12))).capitalize() + "."

    def constant(self, n):
        return "1"

    def ean(self, n):
        body = self.digits(12, "4567")
        check = -sum(int(digit) * (3 if i % 2 else 1) for i, digit in enumerate(body)) % 10
        return body + str(check)

    def tracking(self, n):
        return f"1Z{self.sku(n)[:2]}{self.digits(14)}"


# (classifier, maker, telling headers, whether it can be told under a useless header)
PERSONAL = [
    ("person_name", "full_name", ["name", "customer_name", "Full Name"], True),
    ("name_part", "first_name", ["first_name", "givenName", "Vorname"], True),
    ("name_part", "last_name", ["last_name", "surname", "Nachname"], False),
    ("email", "email", ["email", "contact_email", "E-Mail"], True),
    ("phone", "phone_grouped", ["phone", "Phone Number", "tel"], True),
    ("phone", "phone_dashed", ["phone", "mobile", "contact_phone"], True),
    ("phone", "phone_bare", ["phone", "mobile_number", "cellphone"], False),
    ("phone", "phone_international", ["phone", "telefon", "mobile"], True),
    ("us_ssn", "ssn", ["ssn", "social_security_number", "SSN"], True),
    ("us_ssn", "ssn_bare", ["ssn", "customer_ssn", "social_security"], False),
    ("payment_card", "card", ["card_number", "cc_number", "pan"], True),
    ("payment_card", "card_grouped", ["card", "creditCard", "card_number"], True),
    ("iban", "iban", ["iban", "IBAN", "account_iban"], True),
    ("ipv4", "ipv4", ["ip", "client_ip", "remote_addr"], True),
    ("date_of_birth", "birth_date", ["dob", "date_of_birth", "birthDate"], False),
    ("date_of_birth", "birth_date_slashes", ["DOB", "birthday", "geburtsdatum"], False),
    ("street_address", "address", ["address", "street", "home_address"], True),
    ("street_address", "address_long", ["address", "billing_address", "Adresse"], True),
    ("in_aadhaar", "aadhaar", ["aadhaar", "aadhaar_no", "aadhaar_number"], False),
    ("uk_nhs", "nhs", ["nhs_number", "nhs", "NHS No"], False),
    ("url", "url", ["url", "website", "homepage"], True),
    ("mac_address", "mac", ["mac", "mac_address", "device_mac"], True),
    ("date_of_birth", "birth_compact", ["birth_dt", "BirthDate", "GBDAT"], False),
    ("date_of_birth", "birth_short", ["BRTHDT", "dob", "data_nasc"], False),
    ("date_of_birth", "birth_named_month", ["DOB", "date_naissance", "dateOfBirth"], False),
    ("phone", "phone_float", ["phone", "mobile_no", "FaxNo"], False),
    ("phone", "phone_apostrophe", ["tel", "contact_no", "phone2"], False),
    ("postal_code", "zip_code", ["zip", "shipToZip", "Postleitzahl"], False),
    ("card_expiry", "card_expiry", ["card_expiry", "exp_date", "CCExp"], False),
    ("card_security_code", "security_code", ["cvv", "CVC2", "card_security_code"], False),
    ("generic_password", "password", ["password", "userPassword", "passwd"], False),
    ("uk_nino", "nino", ["nino", "ni_number", "national_insurance"], True),
    ("east_asian_name", "han_name", ["姓名", "联系人", "name"], False),
    ("east_asian_name", "kana_name", ["氏名", "お名前", "full_name"], True),
    ("east_asian_name", "kana_reading", ["フリガナ", "ふりがな", "氏名カナ"], False),
    ("cyrillic_name", "cyrillic_full", ["ФИО", "name", "Имя и фамилия"], True),
    ("other_script_name", "cyrillic_surname", ["Фамилия", "surname", "last_name"], False),
    ("phone", "phone_unassigned", ["phone", "Mobil", "telefon"], False),
]

OTHER = [
    ("sequence", ["id", "row_id", "number"]), ("sequence_nine", ["id", "account_id", "reference"]),
    ("sequence_ten", ["order_id", "ticket", "case_number"]), ("sequence_sixteen", ["transaction_id", "ref", "event_id"]),
    ("id:8", ["customer_id", "code", "item"]), ("id:9", ["account_id", "object_id", "code"]), ("id:10", ["order_id", "invoice", "part_no"]),
    ("id:11", ["shipment", "batch", "device_id"]), ("id:12", ["transaction", "barcode", "reference"]), ("id:16", ["transaction_id", "token_ref", "order_ref"]),
    ("price", ["price", "amount", "total"]), ("cents", ["price_cents", "amount", "balance"]), ("epoch", ["created", "ts", "updated_at"]),
    ("epoch_ms", ["created_ms", "timestamp", "event_time"]), ("epoch_us", ["ts_us", "time", "logged"]), ("timestamp", ["created_at", "timestamp", "time"]),
    ("day", ["order_date", "date", "shipped_on"]), ("compact_day", ["date_key", "day", "partition"]), ("md5", ["hash", "checksum", "etag"]),
    ("sha256", ["sha256", "digest", "hash"]), ("uuid", ["uuid", "request_id", "session_id"]), ("order_dashed", ["order_no", "order_number", "reference"]),
    ("order_ssn_like", ["part_no", "reference", "policy"]), ("order_grouped", ["voucher", "serial", "reference"]), ("sku", ["sku", "product_code", "model"]),
    ("version", ["version", "release", "build"]), ("decimal", ["value", "x", "measure"]), ("percent", ["rate", "score", "share"]),
    ("count", ["quantity", "count", "stock"]), ("product", ["product", "title", "item_name"]), ("company", ["company", "vendor", "account"]),
    ("status", ["status", "state", "kind"]), ("sentence", ["comment", "description", "notes"]), ("constant", ["flag", "active", "version"]),
    ("nino_like", ["part_no", "serial", "lot"]), ("pan_like", ["vendor_item", "model", "code"]), ("dni_like", ["legacy_no", "policy", "docket"]),
    ("version_of_four", ["fw", "release", "agent_version"]), ("product_called", ["product_name", "products", "Marke"]),
    ("cyrillic_thing", ["Название", "объект", "project"]), ("phone_unassigned", ["reading", "span", "range"]), ("ean", ["ean", "gtin", "barcode"]), ("tracking", ["tracking", "parcel", "shipment"]),
]

BARE = ["c1", "value", "field_7", "col_3", "data", "attr", "x12", "f"]


def columns(make):
    """(header, maker, classifier or None, kind of header)"""
    for classifier, maker, headers, bare in PERSONAL:
        for header in headers:
            yield header, maker, classifier, "told"
        if bare:
            yield make.r.choice(BARE), maker, classifier, "bare"
    for maker, headers in OTHER:
        for header in [*headers, make.r.choice(BARE)]:
            yield header, maker, None, "other"


def cell(make, maker, n, dirty):
    if dirty and make.r.random() < 0.04:
        return make.r.choice(["", "", "n/a", "unknown", "-", "0"])
    name, _, length = maker.partition(":")
    return make.id(int(length))(n) if length else getattr(make, name)(n)


def file_name(number):
    """Letters alone: files whose names differ in digits only would be shards of one table."""
    return f"table_{chr(97 + number // 26)}{chr(97 + number % 26)}.csv"


def write(folder, number, chosen, make):
    rows = make.r.choice([60, 300, 1000])
    heads, truth = [], []
    for header, maker, classifier, kind in chosen:
        while header in heads:
            header += "_b"
        heads.append(header)
        truth.append({"file": file_name(number), "column": header, "is": classifier, "header": kind, "made_by": maker})
    with open(folder / file_name(number), "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(heads)
        dirty = [make.r.random() < 0.5 for _ in chosen]
        out.writerows([cell(make, maker, n, d) for (_, maker, _, _), d in zip(chosen, dirty)] for n in range(rows))
    return truth


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    make = Makers(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    everything = list(columns(make))
    make.r.shuffle(everything)
    with open(folder / "truth.jsonl", "w") as out:
        for number, at in enumerate(range(0, len(everything), 7)):
            for line in write(folder, number, everything[at : at + 7], make):
                out.write(json.dumps(line) + "\n")


main()
