//! A hand-built report: an estate of eight stores that has everything a report can say, hostile names among it. All
//! values are invented.

use std::collections::BTreeMap;

use lakewarden::model::exposure::{
    Audience, AudienceKind, Effect, Exposure, Grant, GrantState, Permission, Reason, Rule, Scope, ScopeKind,
    Undecided, Verdict, Via,
};
use lakewarden::model::id::{FindingId, Provider, StoreUri, TableId};
use lakewarden::model::locator::Locator;
use lakewarden::model::report::{
    Amount, Basis, Build, Column, Control, Coverage, Decision, Detail, Encryption, Finding, Format, Gate,
    GateKind, Object, Outcome, Partial, Report, Run, Schema, Settings, SkippedObject, Store, Subjects,
    SummaryBuilder, Table, Tool, Versioning, fraction,
};
use lakewarden::model::risk::{self, Category, Combination, Found, Sensitivity, Severity};
use lakewarden::model::skip::SkipReason;
use lakewarden::model::tally::{Confidence, Merge};

/// Markup, a terminal escape, a direction override and a spreadsheet formula.
pub(crate) const HOSTILE: [&str; 4] = [
    "</script><script>document.title='owned'</script><img src=x onerror=document.title='owned'>.csv",
    "\u{1b}[31mred\u{1b}]0;owned\u{7}.csv",
    "invoice\u{202e}fdp.csv",
    "=HYPERLINK(\"x\",\"y\").csv",
];

/// The whole report.
pub(crate) fn report() -> Report {
    let mut stores = vec![
        marketing(),
        payments(),
        archive(),
        partner(),
        website(),
        health(),
        refused(),
        local(),
    ];
    stores.sort_by(|a, b| a.uri.cmp(&b.uri));
    let mut summary = SummaryBuilder::new();
    let mut coverage = Coverage::default();
    for store in &stores {
        summary.add(store);
        coverage.merge(store.coverage.clone());
    }
    Report {
        schema: Schema::V1,
        tool: tool(),
        run: run(),
        detail: Detail::Objects,
        stores,
        skips: skips(),
        controls: controls(),
        coverage,
        decision: Some(decision()),
        summary: summary.finish(),
    }
}

fn tool() -> Tool {
    Tool {
        name: "lakewarden".into(),
        version: "0.1.0".into(),
        program_id: "3f9a".repeat(16),
        backend: "reference".into(),
    }
}

fn run() -> Run {
    Run {
        id: "5f3a91c27d40".into(),
        started_at: "2026-03-01T06:00:00Z".into(),
        finished_at: "2026-03-01T06:41:07Z".into(),
        locations: vec![
            "s3://".into(),
            "az://acme".into(),
            "gs://".into(),
            "/srv/lake".into(),
        ],
        principal: Some("arn:aws:sts::123456789012:assumed-role/sweep/nightly".into()),
        argv_redacted: [
            "lakewarden",
            "scan",
            "s3://",
            "--fail-on",
            "high",
            "-o",
            "html=map.html",
        ]
        .map(Into::into)
        .into(),
        config_sha256: "c0ff".repeat(16),
        catalogue_sha256: "ca7a".repeat(16),
        facts_sha256: None,
        key_id: Some("k-2026".into()),
        seed: 9_007_199_254_740_993,
        complete: true,
        build: Build {
            target: "x86_64-unknown-linux-gnu".into(),
            profile: "release".into(),
            features: vec!["cloud".into()],
        },
    }
}

/// A store under construction.
struct Draft {
    uri: &'static str,
    verdict: Verdict,
    undecided: Option<Undecided>,
    confirmed: Option<bool>,
    tables: Vec<Table>,
    objects: u64,
    bytes: u64,
}

impl Draft {
    fn new(uri: &'static str, verdict: Verdict, objects: u64, bytes: u64) -> Self {
        Self {
            uri,
            verdict,
            undecided: None,
            confirmed: None,
            tables: Vec::new(),
            objects,
            bytes,
        }
    }

    fn store(self, grants: Vec<Grant>, reasons: Vec<Reason>, remedies: &[&str]) -> Store {
        let uri = StoreUri::new(self.uri);
        let sensitivity = Sensitivity::of_store(self.tables.iter().map(|t| t.sensitivity));
        let holds: Vec<String> = self
            .tables
            .iter()
            .flat_map(|t| &t.columns)
            .flat_map(|c| &c.findings)
            .map(|f| f.classifier.clone())
            .collect();
        let risk = risk::judge(sensitivity, self.verdict, self.undecided.is_some(), &holds);
        let mut exposure = Exposure {
            verdict: self.verdict,
            undecided: self.undecided,
            confirmed: self.confirmed,
            grants,
            reasons,
            remedies: remedies.iter().map(|r| (*r).to_owned()).collect(),
        };
        exposure.normalise();
        let all = Amount {
            objects: self.objects,
            bytes: self.bytes,
        };
        Store {
            provider: uri.provider().unwrap(),
            account: Some("123456789012".into()),
            region: Some("eu-central-1".into()),
            labels: BTreeMap::new(),
            settings: Settings {
                encryption: Some(Encryption::ProviderKey),
                versioning: Some(Versioning::Disabled),
                logging: Some(false),
                website: None,
            },
            exposure,
            sensitivity,
            risk,
            doors: Vec::new(),
            subjects: subjects(&self.tables),
            clean: Amount {
                objects: self.objects / 2,
                bytes: self.bytes / 3,
            },
            coverage: Coverage {
                listed: all,
                read: all,
                ..Coverage::default()
            },
            tables: self.tables,
            objects: Vec::new(),
            uri,
        }
    }
}

fn subjects(tables: &[Table]) -> Subjects {
    let mut by_classifier = BTreeMap::new();
    for finding in tables.iter().flat_map(|t| &t.columns).flat_map(|c| &c.findings) {
        if !matches!(finding.category, Category::Credential | Category::Network) {
            let most: &mut u64 = by_classifier.entry(finding.classifier.clone()).or_default();
            *most = (*most).max(finding.distinct_estimate);
        }
    }
    let estimate = by_classifier.values().copied().max().unwrap_or(0);
    Subjects {
        estimate,
        relative_error: if estimate > 512 { fraction(0.01625) } else { 0.0 },
        by_classifier,
    }
}

struct Spec {
    path: &'static str,
    classifier: &'static str,
    category: Category,
    severity: Severity,
    distinct: u64,
    share: Option<(f64, f64)>,
}

const fn spec(
    path: &'static str,
    classifier: &'static str,
    category: Category,
    severity: Severity,
    distinct: u64,
) -> Spec {
    Spec {
        path,
        classifier,
        category,
        severity,
        distinct,
        share: None,
    }
}

fn table(uri: &str, template: &str, format: Format, rows: u64, specs: &[Spec]) -> Table {
    let store = StoreUri::new(uri);
    let found = specs.iter().map(|s| Found {
        severity: s.severity,
        category: s.category,
        confidence: Confidence::High,
        distinct: s.distinct,
    });
    let sensitivity = Sensitivity::of_table(found);
    let mut columns: Vec<Column> = specs.iter().map(|s| column(&store, template, rows, s)).collect();
    columns.push(Column {
        path: "created_at".into(),
        kind: "timestamp".into(),
        rows,
        nulls: 0,
        empty: 0,
        findings: vec![],
    });
    columns.sort_by(|a, b| a.path.cmp(&b.path));
    Table {
        id: TableId::new(&store, template, None, format.as_str(), "v1"),
        template: template.to_owned(),
        format,
        objects: 12,
        rows,
        bytes: rows * 140,
        sensitivity,
        risk: risk::judge(sensitivity, Verdict::Private, false, &[]),
        columns,
        combinations: Combination::among(&specs.iter().map(|s| s.category).collect()),
    }
}

fn column(store: &StoreUri, template: &str, rows: u64, s: &Spec) -> Column {
    let evidence = match s.share {
        Some((share, chance)) => {
            vec![
                format!(
                    "{:.0} % of {} distinct values valid, {:.0} % expected by chance",
                    share * 100.0,
                    s.distinct,
                    chance * 100.0
                ),
                format!("column named `{}`", s.path),
            ]
        }
        None => vec!["a keyword stands near 9 of 10 matches".to_owned()],
    };
    let place = |row| Locator {
        object: template.replace('*', "0001").into(),
        member: None,
        row: Some(row),
        line: None,
        page: None,
        byte: None,
    };
    let finding = Finding {
        id: FindingId::new(store, template, None, s.path, s.classifier),
        classifier: s.classifier.to_owned(),
        category: s.category,
        severity: s.severity,
        confidence: Confidence::High,
        score: fraction(0.9987),
        basis: if s.share.is_some() {
            Basis::Column
        } else {
            Basis::Text
        },
        count: s.distinct + 17,
        rows: s.distinct + 9,
        distinct_estimate: s.distinct,
        share: s.share.map(|(share, _)| fraction(share)),
        expected_by_chance: s.share.map(|(_, chance)| fraction(chance)),
        evidence,
        attributes: BTreeMap::new(),
        locations: (0..3).map(|i| place(i * 7)).collect(),
        truncated: s.distinct > 3,
        fingerprints: Vec::new(),
    };
    Column {
        path: s.path.to_owned(),
        kind: "string".into(),
        rows,
        nulls: rows / 50,
        empty: 0,
        findings: vec![finding],
    }
}

fn grant(
    kind: AudienceKind,
    name: Option<&str>,
    permission: Permission,
    state: GrantState,
    via: Via,
) -> Grant {
    Grant {
        audience: Audience {
            kind,
            name: name.map(Into::into),
        },
        permission,
        scope: Scope::store(),
        state,
        via,
    }
}

fn reason(effect: Effect, rule: &str, source: &str, detail: &str) -> Reason {
    let rule = *Rule::ALL.iter().find(|r| r.as_str() == rule).unwrap();
    Reason {
        effect,
        rule,
        source: source.to_owned(),
        detail: detail.to_owned(),
    }
}

/// Public with critical data, confirmed.
fn marketing() -> Store {
    let uri = "s3://acme-marketing-exports";
    let mut draft = Draft::new(uri, Verdict::PublicList, 1_204, 3_400_000_000);
    draft.confirmed = Some(true);
    let card = Spec {
        share: Some((0.93, 0.08)),
        ..spec(
            "card_no",
            "payment_card",
            Category::Financial,
            Severity::High,
            41_200,
        )
    };
    draft.tables = vec![
        table(
            uri,
            "crm/dt=*/part-*.parquet",
            Format::Parquet,
            812_000,
            &[
                card,
                spec("email", "email", Category::Contact, Severity::Medium, 40_870),
                spec("mobile", "phone", Category::Contact, Severity::Medium, 39_911),
            ],
        ),
        table(
            uri,
            "deploy/*.txt",
            Format::Text,
            310,
            &[spec(
                "$text",
                "aws_access_key",
                Category::Credential,
                Severity::Critical,
                3,
            )],
        ),
    ];
    let grants = vec![
        grant(
            AudienceKind::Anyone,
            None,
            Permission::List,
            GrantState::Live,
            Via::Policy,
        ),
        grant(
            AudienceKind::Anyone,
            None,
            Permission::Read,
            GrantState::Live,
            Via::Policy,
        ),
    ];
    let reasons = vec![reason(
        Effect::Grants,
        "s3.policy.public",
        "policy.Statement[0]",
        "statement `PublicRead` allows anyone to list and read, without a limiting condition",
    )];
    let remedies = [
        "turn on RestrictPublicBuckets in the bucket's public access block",
        "take `Principal: *` out of policy statement `PublicRead`",
    ];
    let mut store = draft.store(grants, reasons, &remedies);
    store.labels = [
        ("team".to_owned(), "growth".to_owned()),
        ("stage".to_owned(), "production".to_owned()),
    ]
    .into();
    store.coverage.read = Amount {
        objects: 1_190,
        bytes: 3_310_000_000,
    };
    store.coverage.partly_read = Amount {
        objects: 2,
        bytes: 40_000_000,
    };
    store.coverage.no_text = [(
        "image/png".to_owned(),
        Amount {
            objects: 9,
            bytes: 48_000_000,
        },
    )]
    .into();
    store.coverage.skipped = [
        (
            SkipReason::Corrupt,
            Amount {
                objects: 2,
                bytes: 1_900_000,
            },
        ),
        (
            SkipReason::Encrypted,
            Amount {
                objects: 1,
                bytes: 100_000,
            },
        ),
    ]
    .into();
    store.objects = HOSTILE
        .iter()
        .enumerate()
        .map(|(i, key)| object(&store, key, i))
        .collect();
    store
}

fn object(store: &Store, key: &str, i: usize) -> Object {
    let sensitivity = Sensitivity::new(90 - 9 * i as u8);
    Object {
        key: key.to_owned(),
        key_b64: None,
        version: None,
        etag: Some(format!("\"{:032x}\"", i + 1)),
        size: 1000 + i as u64,
        format: Format::Csv,
        table: Some(store.tables[0].id.clone()),
        sensitivity,
        risk: risk::judge(sensitivity, store.exposure.verdict, false, &[]),
        exposure: None,
        partial: (i == 1).then_some(Partial {
            reason: SkipReason::Truncated,
            bytes: 800,
            rows: 12,
        }),
    }
}

/// Latent with critical data.
fn payments() -> Store {
    let uri = "gs://acme-payments";
    let mut draft = Draft::new(uri, Verdict::Latent, 58, 91_000_000);
    let iban = Spec {
        share: Some((0.999, 0.01)),
        ..spec(
            "$.account.iban",
            "iban",
            Category::Financial,
            Severity::High,
            1_402_311,
        )
    };
    draft.tables = vec![table(
        uri,
        "ledger/*.jsonl",
        Format::Jsonl,
        4_100_220,
        &[
            iban,
            spec(
                "$.customer['e-mail']",
                "email",
                Category::Contact,
                Severity::Medium,
                1_398_002,
            ),
        ],
    )];
    let grants = vec![grant(
        AudienceKind::Anyone,
        None,
        Permission::Read,
        GrantState::Latent,
        Via::IamPolicy,
    )];
    let reasons = vec![
        reason(
            Effect::Grants,
            "gcs.iam.public",
            "iam_policy.bindings[2]",
            "`roles/storage.objectViewer` is bound to `allUsers`",
        ),
        reason(
            Effect::Blocks,
            "gcs.public_access_prevention",
            "bucket.iamConfiguration",
            "public access prevention is enforced on the bucket",
        ),
    ];
    draft.store(
        grants,
        reasons,
        &["remove `allUsers` from the bucket's IAM policy: turning prevention off would expose it at once"],
    )
}

/// Private, with much in it, most of it in archive storage.
fn archive() -> Store {
    let uri = "s3://acme-archive";
    let mut draft = Draft::new(uri, Verdict::Private, 310_554, 9_100_000_000_000);
    draft.tables = vec![table(
        uri,
        "backup/*/users.csv",
        Format::Csv,
        9_220_118,
        &[
            spec("ssn", "us_ssn", Category::NationalId, Severity::High, 2_204_118),
            spec(
                "dob",
                "date_of_birth",
                Category::Demographic,
                Severity::Medium,
                28_100,
            ),
        ],
    )];
    let mut store = draft.store(vec![], vec![], &[]);
    store.coverage.archived = Amount {
        objects: 300_000,
        bytes: 8_000_000_000_000,
    };
    store.coverage.unchanged = Amount {
        objects: 10_000,
        bytes: 1_000_000_000_000,
    };
    store.coverage.read = Amount {
        objects: 554,
        bytes: 100_000_000_000,
    };
    store
}

/// Named outsiders, and an object grant that could not be read.
fn partner() -> Store {
    let uri = "s3://acme-partner-drop";
    let mut draft = Draft::new(uri, Verdict::External, 77, 12_000_000);
    draft.undecided = Some(Undecided {
        missing: vec!["s3:GetObjectAcl".into()],
        why: "object ACLs are active and could not be read".into(),
    });
    draft.tables = vec![table(
        uri,
        "in/*.csv",
        Format::Csv,
        4_000,
        &[
            spec("email", "email", Category::Contact, Severity::Medium, 3_902),
            spec("ip", "ipv4", Category::Network, Severity::Low, 1_200),
        ],
    )];
    let mut limited = grant(
        AudienceKind::Account,
        Some("210987654321"),
        Permission::Read,
        GrantState::Live,
        Via::Policy,
    );
    limited.scope = Scope::keys(ScopeKind::Prefix, "in/");
    let reasons = vec![reason(
        Effect::Grants,
        "s3.policy.external",
        "policy.Statement[1]",
        "statement `Partner` allows account 210987654321 to read below in/",
    )];
    draft.store(
        vec![limited],
        reasons,
        &["confirm with the partner that the grant is still needed"],
    )
}

/// Public and harmless.
fn website() -> Store {
    let grants = vec![grant(
        AudienceKind::Anyone,
        None,
        Permission::Read,
        GrantState::Live,
        Via::Website,
    )];
    Draft::new("az://acme/$web", Verdict::PublicRead, 412, 60_000_000).store(grants, vec![], &[])
}

/// Settings refused, sensitive inside.
fn health() -> Store {
    let uri = "az://acme/clinic";
    let mut draft = Draft::new(uri, Verdict::Unknown, 2_011, 700_000_000);
    draft.undecided = Some(Undecided {
        missing: vec!["Microsoft.Storage/storageAccounts/blobServices/containers/read".into()],
        why: "the container's public access level was refused".into(),
    });
    draft.tables = vec![table(
        uri,
        "visits/*.parquet",
        Format::Parquet,
        60_118,
        &[
            spec("nhs_number", "uk_nhs", Category::Health, Severity::High, 18_244),
            spec("phone", "phone", Category::Contact, Severity::Medium, 17_001),
        ],
    )];
    draft.store(
        vec![],
        vec![],
        &["grant the scanner that permission and run it again"],
    )
}

/// Its listing was refused.
fn refused() -> Store {
    let mut draft = Draft::new("s3://acme-legacy", Verdict::Inconclusive, 0, 0);
    draft.undecided = Some(Undecided {
        missing: vec!["s3:ListBucket".into()],
        why: "objects can carry their own ACLs and were not listed".into(),
    });
    let mut store = draft.store(vec![], vec![], &[]);
    store.coverage.listing = lakewarden::model::report::Listing::Refused;
    store
}

/// A folder, private and clean.
fn local() -> Store {
    let mut store = Draft::new("file:///srv/lake", Verdict::Private, 12, 40_960).store(vec![], vec![], &[]);
    (store.account, store.region, store.settings) = (None, None, Settings::default());
    store.provider = Provider::Local;
    store
}

fn skips() -> Vec<SkippedObject> {
    let skip = |uri: &str, key: &str, member: Option<&str>, reason, detail: &str| SkippedObject {
        uri: StoreUri::new(uri),
        key: key.to_owned(),
        key_b64: None,
        member: member.map(Into::into),
        reason,
        detail: detail.to_owned(),
    };
    vec![
        skip(
            "s3://acme-legacy",
            "",
            None,
            SkipReason::AccessDenied,
            "listing refused: needs s3:ListBucket",
        ),
        skip(
            "s3://acme-marketing-exports",
            HOSTILE[1],
            None,
            SkipReason::Truncated,
            "ends in row 12",
        ),
        skip(
            "s3://acme-marketing-exports",
            HOSTILE[0],
            None,
            SkipReason::Corrupt,
            "footer at byte 812",
        ),
        skip(
            "s3://acme-marketing-exports",
            "b.tar",
            Some("x/y.bin"),
            SkipReason::UnsupportedFormat,
            "application/octet-stream",
        ),
        skip(
            "s3://acme-marketing-exports",
            "c.parquet",
            None,
            SkipReason::Corrupt,
            "page header at byte 4",
        ),
        skip(
            "s3://acme-marketing-exports",
            "z.zip",
            None,
            SkipReason::Encrypted,
            "encrypted member",
        ),
    ]
}

fn controls() -> Vec<Control> {
    vec![Control {
        framework: "Own policy".into(),
        id: "DL-1".into(),
        title: "no sensitive data where the public can read".into(),
        result: Outcome::Fail,
        stores: vec![StoreUri::new("s3://acme-marketing-exports")],
        detail: "1 store".into(),
    }]
}

fn decision() -> Decision {
    Decision {
        result: Outcome::Fail,
        gates: vec![
            Gate {
                gate: GateKind::Risk,
                limit: "high".into(),
                result: Outcome::Fail,
            },
            Gate {
                gate: GateKind::Coverage,
                limit: "90 %".into(),
                result: Outcome::Fail,
            },
        ],
        reasons: vec![
            "2 stores are at high risk or above".into(),
            "12.1 % of the bytes asked for are known, 90 % are asked for".into(),
        ],
    }
}
