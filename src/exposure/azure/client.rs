//! The calls that read an Azure container's and account's settings.

use std::collections::BTreeMap;

use http::Method;
use serde_json::Value;

use crate::exposure::ask::{Ask, AskError, OTHER_DOCUMENT, Question, Reply, To, path_of, segment};
use crate::exposure::inquiry::Shared;
use crate::exposure::xml::Node;
use crate::model::facts::{
    AccessControl, AzureAccount, AzureContainer, AzureSettings, Setting, StaticWebsite, StoredAccessPolicy,
};
use crate::model::privilege::{Call, calls};

/// Pages of storage accounts that are followed.
const MAX_PAGES: usize = 50;
/// The header that carries a container's level.
const LEVEL: &str = "x-ms-blob-public-access";
/// The version of the management API.
const ARM_VERSION: &str = "2023-05-01";
/// The version of its list of subscriptions.
const SUBSCRIPTIONS_VERSION: &str = "2022-12-01";

calls! {
    /// Every call that reads a container's and its account's settings, with the permission for each.
    pub(in crate::exposure) CALLS:
    CONTAINER = "container", "Microsoft.Storage/storageAccounts/blobServices/containers/read", Store;
    ACCOUNT = "account", "Microsoft.Storage/storageAccounts/read", Account;
    SUBSCRIPTIONS = "account", "Microsoft.Resources/subscriptions/read", Account;
    SERVICE = "static_website", "Microsoft.Storage/storageAccounts/blobServices/read", Account;
    ACCOUNT_KIND = "access_control", "Microsoft.Storage/storageAccounts/blobServices/getInfo/action", Account;
    ACCESS_CONTROL = "access_control", "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read", Content;
}

/// Asks for everything that judges a container; what belongs to the account is asked once per account.
pub(in crate::exposure) async fn settings(
    ask: &dyn Ask,
    shared: &Shared,
    (account, container): (&str, &str),
    subscription: Option<&str>,
) -> AzureSettings {
    let (level, policies) = level(ask, account, container).await;
    let mut settings = AzureSettings {
        container: level,
        stored_access_policies: policies,
        ..AzureSettings::default()
    };
    let arm = arm_account(ask, shared, account, subscription);
    settings.account = shared.once(format!("arm {account}"), arm).await;
    if container == "$web" {
        settings.static_website = shared
            .once(format!("web {account}"), static_website(ask, account))
            .await;
    }
    let hierarchical = match settings.account.get().and_then(|a| a.is_hns_enabled) {
        Some(known) => known,
        None => {
            shared
                .once(format!("kind {account}"), hierarchical(ask, account))
                .await
        }
    };
    if hierarchical {
        settings.access_control = access_control(ask, account, container).await;
    }
    settings
}

/// The container's level and stored policies: from its ACL, or the level from its properties where the credential may
/// not read the ACL.
async fn level(
    ask: &dyn Ask,
    account: &str,
    container: &str,
) -> (Setting<AzureContainer>, Setting<Vec<StoredAccessPolicy>>) {
    let path = format!("/{}?restype=container", segment(container.as_bytes()));
    let to = || To::Blob(account.to_owned());
    let acl = ask
        .ask(&Question::new(CONTAINER, to(), format!("{path}&comp=acl")))
        .await;
    let policies = success(acl.clone(), |reply| stored_policies(&Node::parse(&reply.body)?));
    let policies = match policies {
        Setting::Is(list) if list.is_empty() => Setting::NoneSet,
        other => other,
    };
    let by_acl = read_level(acl, |reply| {
        Node::parse(&reply.body).is_some_and(|r| r.has_only(&["SignedIdentifier"]))
    });
    if by_acl.is_known() {
        return (by_acl, policies);
    }
    let properties = ask.ask(&Question::new(CONTAINER, to(), path)).await;
    let by_properties = read_level(properties, |reply| {
        ["x-ms-lease-state", "x-ms-lease-status"]
            .iter()
            .any(|h| reply.headers.contains_key(*h))
    });
    if by_properties.is_known() {
        (by_properties, policies)
    } else {
        (by_acl, policies)
    }
}

/// The policies in a container's ACL; `None` where the reply is none.
fn stored_policies(root: &Node) -> Option<Vec<StoredAccessPolicy>> {
    let policy = |node: &Node| {
        let access = node.child("AccessPolicy");
        let of = |name: &str| access.and_then(|a| a.value(name)).map(str::to_owned);
        Some(StoredAccessPolicy {
            id: node.value("Id")?.to_owned(),
            start: of("Start"),
            expiry: of("Expiry"),
            permission: of("Permission"),
        })
    };
    root.has_only(&["SignedIdentifier"])
        .then(|| root.all("SignedIdentifier").map(policy).collect())?
}

/// Whether the account has a hierarchical namespace; no where it does not say.
async fn hierarchical(ask: &dyn Ask, account: &str) -> bool {
    let to = To::Blob(account.to_owned());
    let question = Question::new(ACCOUNT_KIND, to, "/?restype=account&comp=properties");
    let reply = ask.ask(&question.by(Method::HEAD)).await;
    reply.is_ok_and(|reply| {
        let header = reply.headers.get("x-ms-is-hns-enabled");
        reply.status.is_success() && header.is_some_and(|v| v.as_bytes().eq_ignore_ascii_case(b"true"))
    })
}

/// The POSIX ACL of the container's root.
async fn access_control(ask: &dyn Ask, account: &str, container: &str) -> Setting<AccessControl> {
    let path = format!("/{}/?action=getAccessControl", segment(container.as_bytes()));
    let question = Question::new(ACCESS_CONTROL, To::Dfs(account.to_owned()), path);
    success(ask.ask(&question.by(Method::HEAD)).await, |reply| {
        let acl = reply.headers.get("x-ms-acl")?.to_str().ok()?.to_owned();
        Some(AccessControl { acl })
    })
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

/// The account's properties, found by name in the subscription named, or in any that the credential can see.
async fn arm_account(
    ask: &dyn Ask,
    shared: &Shared,
    account: &str,
    subscription: Option<&str>,
) -> Setting<AzureAccount> {
    let subscriptions = match subscription {
        Some(named) => Setting::Is(vec![named.to_owned()]),
        None => shared.once("subscriptions".to_owned(), subscriptions(ask)).await,
    };
    let subscriptions = match subscriptions {
        Setting::Is(list) => list,
        other => return other.map(|_| AzureAccount::default()),
    };
    let mut refusal = None;
    for subscription in subscriptions {
        let all = accounts(ask, &subscription);
        match shared.once(format!("accounts {subscription}"), all).await {
            Setting::Is(all) => {
                if let Some(found) = all.get(&account.to_ascii_lowercase()) {
                    return serde_json::from_value(found.clone())
                        .map_or_else(|_| Setting::Refused(OTHER_DOCUMENT.to_owned()), Setting::Is);
                }
            }
            Setting::NotAsked => return Setting::NotAsked,
            Setting::Refused(code) => refusal = refusal.or(Some(code)),
            Setting::NoneSet => {}
        }
    }
    Setting::Refused(refusal.unwrap_or_else(|| "AccountNotInSubscription".to_owned()))
}

/// The ids of the subscriptions that the credential can see.
async fn subscriptions(ask: &dyn Ask) -> Setting<Vec<String>> {
    let path = format!("/subscriptions?api-version={SUBSCRIPTIONS_VERSION}");
    let ids = pages(ask, SUBSCRIPTIONS, path, |entry| {
        Some((entry.get("subscriptionId")?.as_str()?.to_owned(), Value::Null))
    });
    ids.await.map(|all| all.into_keys().collect())
}

/// The properties of a subscription's storage accounts, by name in lower case.
async fn accounts(ask: &dyn Ask, subscription: &str) -> Setting<BTreeMap<String, Value>> {
    let path = format!(
        "/subscriptions/{}/providers/Microsoft.Storage/storageAccounts?api-version={ARM_VERSION}",
        segment(subscription.as_bytes())
    );
    pages(ask, ACCOUNT, path, |entry| {
        let name = entry.get("name")?.as_str()?.to_ascii_lowercase();
        Some((name, entry.get("properties").cloned().unwrap_or_default()))
    })
    .await
}

/// A list of the management API, page by page.
async fn pages(
    ask: &dyn Ask,
    call: &'static Call,
    mut path: String,
    read: impl Fn(&Value) -> Option<(String, Value)>,
) -> Setting<BTreeMap<String, Value>> {
    let mut all = BTreeMap::new();
    for _ in 0..MAX_PAGES {
        let reply = ask.ask(&Question::new(call, To::Arm, path.as_str())).await;
        let page = match success(reply, |r| serde_json::from_slice::<Value>(&r.body).ok()) {
            Setting::Is(page) => page,
            other => return other.map(|_| BTreeMap::new()),
        };
        let Some(entries) = page.get("value").and_then(Value::as_array) else {
            return Setting::Refused(OTHER_DOCUMENT.to_owned());
        };
        all.extend(entries.iter().filter_map(&read));
        match page.get("nextLink").and_then(Value::as_str).and_then(path_in) {
            Some(next) => path = next,
            None => return Setting::Is(all),
        }
    }
    Setting::Refused("TooManyPages".to_owned())
}

/// Path and query of an absolute link. The host is not taken from a reply.
fn path_in(link: &str) -> Option<String> {
    let after = link.split_once("://")?.1;
    Some(after[after.find('/')?..].to_owned())
}

/// Whether the account serves a website.
async fn static_website(ask: &dyn Ask, account: &str) -> Setting<StaticWebsite> {
    let to = To::Blob(account.to_owned());
    let reply = ask
        .ask(&Question::new(SERVICE, to, "/?restype=service&comp=properties"))
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
        Question::unsigned(to(), format!("/{container}/{}", path_of(key))).with("range", "bytes=0-0")
    });
    (Question::unsigned(to(), list), read)
}
