//! The calls that read an Azure container's and account's settings.

use serde_json::Value;

use crate::exposure::ask::{Ask, AskError, Call, OTHER_DOCUMENT, Question, Reply, To, path_of, segment};
use crate::exposure::inquiry::Shared;
use crate::exposure::xml::Node;
use crate::model::facts::{AzureAccount, AzureContainer, AzureSettings, Setting, StaticWebsite};

/// Pages of storage accounts that are followed.
const MAX_PAGES: usize = 50;
/// The header that carries a container's level.
const LEVEL: &str = "x-ms-blob-public-access";
/// The version of the management API.
const ARM_VERSION: &str = "2023-05-01";

/// What is asked of every container, with the permission for each.
pub(in crate::exposure) const CALLS: &[Call] = &[
    Call {
        setting: "container",
        permission: "Microsoft.Storage/storageAccounts/blobServices/containers/read",
    },
    Call {
        setting: "account",
        permission: "Microsoft.Storage/storageAccounts/read",
    },
    Call {
        setting: "static_website",
        permission: "Microsoft.Storage/storageAccounts/blobServices/read",
    },
];

/// Asks for everything that judges a container; account and website are asked once each.
pub(in crate::exposure) async fn settings(
    ask: &dyn Ask,
    shared: &Shared,
    (account, container): (&str, &str),
    subscription: Option<&str>,
) -> AzureSettings {
    let mut settings = AzureSettings {
        container: level(ask, account, container).await,
        ..AzureSettings::default()
    };
    if let Some(subscription) = subscription {
        let asked = shared.once(
            format!("arm {subscription} {account}"),
            arm_account(ask, subscription, account),
        );
        settings.account = asked.await;
    }
    if container == "$web" {
        settings.static_website = shared
            .once(format!("web {account}"), static_website(ask, account))
            .await;
    }
    settings
}

/// The container's level: from its ACL, or from its properties where the credential may not read the ACL.
async fn level(ask: &dyn Ask, account: &str, container: &str) -> Setting<AzureContainer> {
    let path = format!("/{}?restype=container", segment(container.as_bytes()));
    let to = || To::Blob(account.to_owned());
    let acl = ask.ask(&Question::new(to(), format!("{path}&comp=acl"))).await;
    let by_acl = read_level(acl, |reply| {
        Node::parse(&reply.body).is_some_and(|r| r.has_only(&["SignedIdentifier"]))
    });
    if by_acl.is_known() {
        return by_acl;
    }
    let properties = ask.ask(&Question::new(to(), path)).await;
    let by_properties = read_level(properties, |reply| {
        ["x-ms-lease-state", "x-ms-lease-status"]
            .iter()
            .any(|h| reply.headers.contains_key(*h))
    });
    if by_properties.is_known() {
        by_properties
    } else {
        by_acl
    }
}

/// The level in a reply's header; no header means none, if the reply is the asked one.
fn read_level(reply: Result<Reply, AskError>, is_asked: impl Fn(&Reply) -> bool) -> Setting<AzureContainer> {
    success(reply, |reply| {
        let header = reply
            .headers
            .get(LEVEL)
            .map(|v| v.to_str().unwrap_or("unreadable").to_owned());
        (header.is_some() || is_asked(reply)).then_some(AzureContainer {
            public_access: header,
        })
    })
}

/// The account's properties, found by name among the subscription's accounts.
async fn arm_account(ask: &dyn Ask, subscription: &str, account: &str) -> Setting<AzureAccount> {
    let mut path = format!(
        "/subscriptions/{}/providers/Microsoft.Storage/storageAccounts?api-version={ARM_VERSION}",
        segment(subscription.as_bytes())
    );
    for _ in 0..MAX_PAGES {
        let reply = ask.ask(&Question::new(To::Arm, path.as_str())).await;
        let page = match success(reply, |r| serde_json::from_slice::<Value>(&r.body).ok()) {
            Setting::Is(page) => page,
            Setting::Refused(code) => return Setting::Refused(code),
            _ => return Setting::NotAsked,
        };
        let Some(accounts) = page.get("value").and_then(Value::as_array) else {
            return Setting::Refused(OTHER_DOCUMENT.to_owned());
        };
        let named = |a: &&Value| {
            a.get("name")
                .and_then(Value::as_str)
                .is_some_and(|n| n.eq_ignore_ascii_case(account))
        };
        if let Some(found) = accounts.iter().find(named) {
            let properties = found.get("properties").cloned().unwrap_or_default();
            return match serde_json::from_value(properties) {
                Ok(account) => Setting::Is(account),
                Err(_) => Setting::Refused(OTHER_DOCUMENT.to_owned()),
            };
        }
        match page.get("nextLink").and_then(Value::as_str).and_then(path_in) {
            Some(next) => path = next,
            None => return Setting::Refused("AccountNotInSubscription".to_owned()),
        }
    }
    Setting::Refused("TooManyAccounts".to_owned())
}

/// Path and query of an absolute link. The host is not taken from a reply.
fn path_in(link: &str) -> Option<String> {
    let after = link.split_once("://")?.1;
    Some(after[after.find('/')?..].to_owned())
}

/// Whether the account serves a website.
async fn static_website(ask: &dyn Ask, account: &str) -> Setting<StaticWebsite> {
    let reply = ask
        .ask(&Question::new(
            To::Blob(account.to_owned()),
            "/?restype=service&comp=properties",
        ))
        .await;
    success(reply, |reply| {
        let root = Node::parse(&reply.body)?;
        match root.child("StaticWebsite") {
            Some(website) => website.flag("Enabled").map(|enabled| StaticWebsite { enabled }),
            // Older versions leave it out; their other properties show that this is the asked document.
            None => root
                .child("HourMetrics")
                .map(|_| StaticWebsite { enabled: false }),
        }
    })
}

/// Tells a document, another document and a refusal apart.
fn success<T>(reply: Result<Reply, AskError>, read: impl Fn(&Reply) -> Option<T>) -> Setting<T> {
    match reply {
        Err(AskError::NotConfigured) => Setting::NotAsked,
        Err(error) => Setting::Refused(error.code().to_owned()),
        Ok(reply) if reply.status.is_success() => {
            read(&reply).map_or_else(|| Setting::Refused(OTHER_DOCUMENT.to_owned()), Setting::Is)
        }
        Ok(reply) => Setting::Refused(reply.code()),
    }
}

/// An unsigned listing of one key, and an unsigned read of one byte.
pub(in crate::exposure) fn probes(
    account: &str,
    container: &str,
    key: Option<&[u8]>,
) -> (Question, Option<Question>) {
    let container = segment(container.as_bytes());
    let to = || To::Blob(account.to_owned());
    let list = format!("/{container}?restype=container&comp=list&maxresults=1");
    let read = key.map(|key| {
        Question::new(to(), format!("/{container}/{}", path_of(key)))
            .with("range", "bytes=0-0")
            .unsigned()
    });
    (Question::new(to(), list).unsigned(), read)
}
