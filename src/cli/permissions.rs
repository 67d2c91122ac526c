//! `permissions`: the least that a scan needs, as a policy document that the cloud takes.

use serde_json::{Value, json};

use super::commands::{Cloud, Permissions};
use super::exit::Exit;
use super::{Failure, Outcome, screen};
use crate::engine;
use crate::model::id::Provider;
use crate::model::privilege::{Call, On};

pub(super) fn run(asked: &Permissions) -> Outcome {
    let document = document(asked.cloud, asked.settings_only);
    let page = serde_json::to_string_pretty(&document).unwrap_or_default() + "\n";
    screen::print(&page).map_err(|error| Failure::broken(format!("failed to write: {error}")))?;
    Ok(Exit::Fine)
}

fn document(cloud: Cloud, settings_only: bool) -> Value {
    let settings = engine::calls_for_settings(cloud.provider());
    let content = match settings_only {
        true => Vec::new(),
        false => engine::calls_for_content(cloud.provider()),
    };
    match cloud {
        Cloud::Aws => aws(&settings, &content),
        Cloud::Gcp => gcp(&settings, &content),
        Cloud::Azure => azure(&settings, &content),
    }
}

impl Cloud {
    fn provider(self) -> Provider {
        match self {
            Self::Aws => Provider::Aws,
            Self::Gcp => Provider::Gcp,
            Self::Azure => Provider::Azure,
        }
    }
}

/// The permissions of these calls that are held on one of `on`, sorted, each once.
fn held(calls: &[&Call], on: &[On]) -> Vec<&'static str> {
    let mut all: Vec<_> = calls
        .iter()
        .filter(|c| on.contains(&c.on))
        .map(|c| c.permission)
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// An IAM policy: one statement for each part and kind of resource, so that either part can be taken alone.
fn aws(settings: &[&Call], content: &[&Call]) -> Value {
    let kinds = [
        (On::Account, "Account", "*"),
        (On::Store, "Buckets", "arn:aws:s3:::*"),
        (On::Object, "Objects", "arn:aws:s3:::*/*"),
        (On::Content, "OfObjects", "arn:aws:s3:::*/*"),
        (On::Key, "Keys", "arn:aws:kms:*:*:key/*"),
    ];
    let mut statements = Vec::new();
    for (part, calls) in [("Settings", settings), ("Content", content)] {
        for (on, kind, resource) in kinds {
            let actions = held(calls, &[on]);
            if !actions.is_empty() {
                statements.push(json!({
                    "Sid": format!("{part}{kind}"), "Effect": "Allow", "Action": actions, "Resource": resource,
                }));
            }
        }
    }
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// A custom role, as `gcloud iam roles create --file` takes it.
fn gcp(settings: &[&Call], content: &[&Call]) -> Value {
    let all = [settings, content].concat();
    json!({
        "title": title(content),
        "description": description(content),
        "stage": "GA",
        "includedPermissions": held(&all, ALL),
    })
}

/// A custom role, as `az role definition create --role-definition` takes it.
fn azure(settings: &[&Call], content: &[&Call]) -> Value {
    let all = [settings, content].concat();
    let is_data = |permission: &&str| permission.contains("/blobs/");
    let (data, control): (Vec<_>, Vec<_>) = held(&all, ALL).into_iter().partition(is_data);
    json!({
        "Name": title(content),
        "IsCustom": true,
        "Description": description(content),
        "Actions": control,
        "NotActions": [],
        "DataActions": data,
        "NotDataActions": [],
        "AssignableScopes": ["/subscriptions/00000000-0000-0000-0000-000000000000"],
    })
}

const ALL: &[On] = &[On::Account, On::Store, On::Object, On::Content, On::Key];

fn title(content: &[&Call]) -> &'static str {
    if content.is_empty() {
        "Lakewarden settings"
    } else {
        "Lakewarden settings and content"
    }
}

fn description(content: &[&Call]) -> &'static str {
    if content.is_empty() {
        "Settings only: what lakewarden exposure reads. It cannot read the content of any object."
    } else {
        "Settings and content: what lakewarden scan reads. It cannot change anything."
    }
}
