//! Judging an Azure container: its level, the account's switch, the firewall, and the website container.
//!
//! Keys and shared access signatures are not enumerable from the service and make no verdict here.

use crate::exposure::cidr;
use crate::exposure::evidence::Evidence;
use crate::model::exposure::{
    Audience, AudienceKind, Effect, Grant, GrantState, Permission, Rule, Scope, Via,
};
use crate::model::facts::{AzureAccount, AzureSettings, NetworkRules, Setting, StoreFacts};

/// The container that a static website is served from.
const WEBSITE: &str = "$web";

/// Permission to read the account's properties.
const READ_ACCOUNT: &str = "Microsoft.Storage/storageAccounts/read";

/// Judges one container.
pub(in crate::exposure) fn judge(facts: &StoreFacts, settings: &AzureSettings) -> Evidence {
    let mut evidence = Evidence::default();
    let network = Network::of(settings.account.get());
    let switch = switch(&settings.account);
    if facts.name() == WEBSITE {
        website(settings, &network, &mut evidence);
    }
    container(settings, switch, &network, &mut evidence);
    other_acl(settings, &network, &mut evidence);
    network.explain(&mut evidence);
    signatures(settings, &mut evidence);
    if let Some(account) = settings.account.get() {
        other_doors(account, &mut evidence);
    }
    if switch == Switch::Unknown {
        unclear_switch(settings, &mut evidence);
    }
    evidence
}

/// Whether the account lets its containers be public.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Switch {
    On,
    Off,
    Unknown,
}

fn switch(account: &Setting<AzureAccount>) -> Switch {
    match account.get().map(|a| a.allow_blob_public_access) {
        Some(Some(true)) => Switch::On,
        Some(Some(false)) => Switch::Off,
        _ => Switch::Unknown,
    }
}

/// The container's own level.
fn container(settings: &AzureSettings, switch: Switch, network: &Network, evidence: &mut Evidence) {
    let source = "container.publicAccess";
    let level = settings
        .container
        .get()
        .and_then(|c| c.public_access.as_deref())
        .unwrap_or("");
    let permissions: &[Permission] = match level.to_ascii_lowercase().as_str() {
        "blob" => &[Permission::Read],
        // The command line of the cloud writes `off`.
        "" | "none" | "off" => &[],
        // `container`, and whatever is not known.
        _ => &[Permission::List, Permission::Read],
    };
    if permissions.is_empty() {
        return no_level(settings, switch, evidence);
    }
    let detail = format!(
        "level {level} lets anyone {}",
        if permissions.len() > 1 {
            "list and read"
        } else {
            "read by name"
        }
    );
    evidence.reason(Effect::Grants, Rule::AzureContainerLevel, source, detail);
    let closed = switch == Switch::Off;
    network.grant(permissions, closed, Via::ContainerLevel, evidence);
    if closed {
        let detail = "forbids anonymous access to every container of the account";
        let source = "account.allowBlobPublicAccess";
        evidence.reason(Effect::Blocks, Rule::AzureAccountSwitch, source, detail);
        evidence.remedy("set the container's public access level to none: it works again as soon as the account allows it");
    } else {
        evidence.remedy(
            "set the container's public access level to none, or allowBlobPublicAccess of the account to false (this \
             closes every public container of the account)",
        );
    }
}

/// No level, or none that is known.
fn no_level(settings: &AzureSettings, switch: Switch, evidence: &mut Evidence) {
    if settings.container.is_known() {
        let detail = "the container lets nobody in without a credential";
        evidence.reason(
            Effect::Blocks,
            Rule::AzureContainerPrivate,
            "container.publicAccess",
            detail,
        );
    } else if switch == Switch::Off {
        let detail = "forbids anonymous access to every container of the account, whatever this one's level";
        evidence.reason(
            Effect::Blocks,
            Rule::AzureAccountSwitch,
            "account.allowBlobPublicAccess",
            detail,
        );
    } else {
        let permission = "Microsoft.Storage/storageAccounts/blobServices/containers/read";
        evidence.source_of_grants(
            &settings.container,
            "the container's public access level",
            permission,
        );
    }
}

/// The website endpoint serves `$web` to anyone, whatever the account's switch says. That the container exists speaks
/// for a website; only a known "off" speaks against.
fn website(settings: &AzureSettings, network: &Network, evidence: &mut Evidence) {
    let off = match &settings.static_website {
        Setting::Is(website) => !website.enabled,
        Setting::NoneSet => true,
        _ => false,
    };
    if off {
        return;
    }
    let detail = "the website endpoint serves it to anyone; the account switch does not hold there";
    evidence.reason(Effect::Grants, Rule::AzureWebsite, "static_website", detail);
    network.grant(&[Permission::Read], false, Via::Website, evidence);
    evidence.block(
        &settings.static_website,
        "the static website's state",
        "Microsoft.Storage/storageAccounts/blobServices/read",
    );
    evidence.remedy("turn the static website off, or keep what is not meant for everyone out of `$web`");
}

/// Whom the entry `other` of a POSIX ACL lets in: every identity of the account's tenant, guests included, and nobody
/// without one. Only accounts with a hierarchical namespace have such ACLs.
fn other_acl(settings: &AzureSettings, network: &Network, evidence: &mut Evidence) {
    let flat = settings
        .account
        .get()
        .is_some_and(|a| a.is_hns_enabled == Some(false));
    let account = settings.account.get();
    if account.is_some_and(|a| a.is_hns_enabled == Some(true)) {
        evidence.source_of_grants(
            &settings.access_control,
            "the container's access control list",
            "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",
        );
    }
    let other = settings.access_control.get().and_then(|a| a.other());
    let Some(other) = other.filter(|_| !flat) else {
        return;
    };
    let may = |letter| other.contains(letter);
    // Without `x` on the root nothing in it can be reached.
    if !may('x') {
        return;
    }
    let mut permissions = vec![(Permission::Read, Some("files whose own ACL lets others read"))];
    if may('r') {
        permissions.push((Permission::List, None));
    }
    if may('w') {
        permissions.extend([(Permission::Write, None), (Permission::Delete, None)]);
    }
    let state = network.state();
    evidence
        .grants
        .extend(permissions.into_iter().map(|(permission, condition)| Grant {
            audience: Audience::named(AudienceKind::Organization, "every identity of the tenant"),
            permission,
            scope: Scope {
                condition: condition.map(str::to_owned),
                ..Scope::store()
            },
            state,
            via: Via::PosixAcl,
        }));
    let detail = format!("other::{other} on the root lets every identity of the tenant in");
    evidence.reason(Effect::Grants, Rule::AzurePosixAcl, "access_control.acl", detail);
    evidence.remedy("set the entry `other` of the container's ACL to ---, and that of its folders and files");
}

/// What holders of keys and signatures can do. These are not enumerable, so they are told and make no verdict.
fn signatures(settings: &AzureSettings, evidence: &mut Evidence) {
    for (i, policy) in settings
        .stored_access_policies
        .get()
        .into_iter()
        .flatten()
        .enumerate()
    {
        let may = policy.permission.as_deref().unwrap_or("what the signature says");
        let until = policy.expiry.as_deref().unwrap_or("the signature's own end");
        let detail = format!(
            "signatures that name policy {} allow {may} until {until}",
            policy.id
        );
        let source = format!("stored_access_policies[{i}]");
        evidence.reason(Effect::Grants, Rule::AzureStoredAccessPolicy, source, detail);
    }
    let Some(account) = settings.account.get() else {
        return;
    };
    let source = "account.allowSharedKeyAccess";
    if account.allow_shared_key_access == Some(false) {
        let detail =
            "account keys and signatures made with them are refused; user delegation signatures still work";
        return evidence.reason(Effect::Blocks, Rule::AzureSharedKey, source, detail);
    }
    let detail = match account.allow_shared_key_access {
        Some(_) => "account keys and signatures made with them open the account",
        None => "unset, which means that account keys and signatures made with them open the account",
    };
    evidence.reason(Effect::Grants, Rule::AzureSharedKey, source, detail);
    let limit = account
        .sas_policy
        .as_ref()
        .and_then(|p| p.get("sasExpirationPeriod"));
    let (effect, detail) = match limit.and_then(serde_json::Value::as_str) {
        Some(period) => (
            Effect::Blocks,
            format!("signatures are meant to be valid for at most {period} (days.hours:minutes:seconds)"),
        ),
        None => (
            Effect::Grants,
            "no limit is set on how long signatures may be valid".to_owned(),
        ),
    };
    evidence.reason(effect, Rule::AzureSasPolicy, "account.sasPolicy", detail);
}

/// Doors of the account beside the Blob service, told as they are.
fn other_doors(account: &AzureAccount, evidence: &mut Evidence) {
    let doors = [
        (
            account.is_sftp_enabled,
            "isSftpEnabled",
            "local users of the account come in over SFTP",
        ),
        (
            account.is_nfs_v3_enabled,
            "isNfsV3Enabled",
            "networks that are let in read over NFS 3, which asks for no identity",
        ),
        (
            account.allow_cross_tenant_replication,
            "allowCrossTenantReplication",
            "objects may be replicated to accounts of other tenants",
        ),
        (
            account.allow_cross_tenant_delegation_sas,
            "allowCrossTenantDelegationSas",
            "user delegation signatures work for users of other tenants",
        ),
        (
            account.custom_domain.is_some().then_some(true),
            "customDomain",
            "a domain of its own leads to it as well",
        ),
    ];
    for (_, name, detail) in doors.into_iter().filter(|(open, ..)| *open == Some(true)) {
        evidence.reason(
            Effect::Grants,
            Rule::AzureOtherDoor,
            format!("account.{name}"),
            detail,
        );
    }
}

/// The account switch is unset, or was not read.
fn unclear_switch(settings: &AzureSettings, evidence: &mut Evidence) {
    let by_level = evidence.grants.iter().any(|g| g.via == Via::ContainerLevel);
    if !by_level {
        return;
    }
    match settings.account.get() {
        Some(_) => {
            let detail = "unset: newer accounts read it as off, older ones as on; a probe tells";
            let source = "account.allowBlobPublicAccess";
            evidence.reason(Effect::Grants, Rule::AzureAccountSwitchUnset, source, detail);
            evidence.unclear_block(
                "",
                "allowBlobPublicAccess is unset, which means on or off by the account's age",
            );
            evidence.remedy("set allowBlobPublicAccess of the account explicitly");
        }
        None => evidence.block(&settings.account, "the storage account", READ_ACCOUNT),
    }
}

/// Who the account's firewall lets in.
#[derive(Debug, Default)]
struct Network {
    /// The setting that keeps the Internet out, and how.
    closed: Option<(&'static str, String)>,
    /// Networks let in all the same.
    named: Vec<Audience>,
    /// Services and resources of the cloud that pass, in words.
    passing: Option<String>,
}

impl Network {
    fn of(account: Option<&AzureAccount>) -> Self {
        let Some(account) = account else {
            return Self::default();
        };
        let access = account.public_network_access.as_deref().unwrap_or("");
        if ["Disabled", "SecuredByPerimeter"]
            .iter()
            .any(|closed| access.eq_ignore_ascii_case(closed))
        {
            let closed = Some((
                "account.publicNetworkAccess",
                format!("{access}: no request from the Internet comes in"),
            ));
            return Self {
                closed,
                ..Self::default()
            };
        }
        let rules = account.network_acls.clone().unwrap_or_default();
        if !rules
            .default_action
            .as_deref()
            .unwrap_or("")
            .eq_ignore_ascii_case("Deny")
        {
            return Self::default();
        }
        Self::denying(&rules)
    }

    /// Default Deny: the named networks only. Rules that let nearly everyone in are no limit.
    fn denying(rules: &NetworkRules) -> Self {
        let ranges = rules.ip_rules.iter().chain(&rules.ipv6_rules);
        let ranges: Vec<_> = ranges.map(|r| r.value.clone()).collect();
        let public = match (ranges.is_empty(), cidr::reach(&ranges)) {
            (true, _) | (_, cidr::Reach::Private(_)) => Vec::new(),
            (_, cidr::Reach::Everyone) => return Self::default(),
            (_, cidr::Reach::Public(ranges)) => ranges,
        };
        let ranges = public
            .into_iter()
            .map(|r| Audience::named(AudienceKind::Network, r));
        let subnets = rules.virtual_network_rules.iter();
        let subnets = subnets.map(|r| Audience::named(AudienceKind::PrivateNetwork, r.id.clone()));
        let closed = Some((
            "account.networkAcls.defaultAction",
            "Deny: only the named networks come in".to_owned(),
        ));
        Self {
            closed,
            named: ranges.chain(subnets).collect(),
            passing: passing(rules),
        }
    }

    /// Whether what is granted to identities outside works now: from the Internet, or from a network that is let in.
    fn state(&self) -> GrantState {
        let network = |audience: &Audience| audience.kind == AudienceKind::Network;
        if self.closed.is_some() && !self.named.iter().any(network) {
            GrantState::Latent
        } else {
            GrantState::Live
        }
    }

    /// Adds what anyone may do: live, or latent behind the firewall and live for those whom it lets in. `closed`:
    /// switched off altogether.
    fn grant(&self, permissions: &[Permission], closed: bool, via: Via, evidence: &mut Evidence) {
        let anyone = Audience::new(AudienceKind::Anyone);
        let latent = closed || self.closed.is_some();
        let mut add = |audience: &Audience, state| {
            evidence
                .grants
                .extend(permissions.iter().map(|&permission| Grant {
                    audience: audience.clone(),
                    permission,
                    scope: Scope::store(),
                    state,
                    via,
                }));
        };
        add(
            &anyone,
            if latent {
                GrantState::Latent
            } else {
                GrantState::Live
            },
        );
        if !closed {
            self.named
                .iter()
                .for_each(|audience| add(audience, GrantState::Live));
        }
    }

    /// Says what the firewall does to the grants.
    fn explain(&self, evidence: &mut Evidence) {
        let Some((source, detail)) = self.closed.as_ref().filter(|_| !evidence.grants.is_empty()) else {
            return;
        };
        evidence.reason(Effect::Blocks, Rule::AzureNetwork, *source, detail.clone());
        if let Some(passing) = &self.passing {
            let detail = format!("{passing} pass the firewall; they still need a credential");
            let source = "account.networkAcls.bypass";
            evidence.reason(Effect::Grants, Rule::AzureNetworkBypass, source, detail);
        }
        if !self.named.is_empty() {
            let names: Vec<_> = self.named.iter().filter_map(|a| a.name.as_deref()).collect();
            let detail = format!("lets {} in", names.join(", "));
            evidence.reason(
                Effect::Grants,
                Rule::AzureNetworkAllowed,
                "account.networkAcls",
                detail,
            );
        }
    }
}

/// Services and resources of the cloud that a firewall lets pass, in words.
fn passing(rules: &NetworkRules) -> Option<String> {
    let services = rules.bypass.as_deref().unwrap_or("").split(',').map(str::trim);
    let services = services.filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case("None"));
    let resources = rules
        .resource_access_rules
        .iter()
        .map(|rule| rule.resource_id.as_str());
    let all: Vec<_> = services.chain(resources).collect();
    (!all.is_empty()).then(|| all.join(", "))
}
