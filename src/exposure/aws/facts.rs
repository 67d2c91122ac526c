//! Replies of S3 as settings. Each reader gives `None` for a reply that is not the asked document (a server that does
//! not know the call may answer with an object list), `Some(None)` for one that says that nothing is set.

use serde_json::{Value, json};

use crate::exposure::ask::Reply;
use crate::exposure::xml::Node;
use crate::model::facts::{
    AccessPoint, Acl, AclGrant, Grantee, ObjectOwnership, Owner, Policy, PolicyStatus, PublicAccessBlock,
    Replication, ReplicationDestination, ReplicationRule, RequestPayment, document,
};

fn xml(reply: &Reply) -> Option<Node> {
    Node::parse(&reply.body)
}

/// The four switches; at least one must be there.
pub(super) fn public_access_block(reply: &Reply) -> Option<Option<PublicAccessBlock>> {
    switches(&xml(reply)?).map(Some)
}

fn switches(node: &Node) -> Option<PublicAccessBlock> {
    let names = [
        "BlockPublicAcls",
        "IgnorePublicAcls",
        "BlockPublicPolicy",
        "RestrictPublicBuckets",
    ];
    if node.children.is_empty() || !node.has_only(&names) {
        return None;
    }
    let flag = |name| node.child(name).map_or(Some(false), |_| node.flag(name));
    Some(PublicAccessBlock {
        block_public_acls: flag(names[0])?,
        ignore_public_acls: flag(names[1])?,
        block_public_policy: flag(names[2])?,
        restrict_public_buckets: flag(names[3])?,
    })
}

/// The policy is the body itself.
pub(super) fn policy(reply: &Reply) -> Option<Option<Policy>> {
    document::<Policy>(std::str::from_utf8(&reply.body).ok()?).map(Some)
}

/// Whether the service calls the policy public.
pub(super) fn policy_status(reply: &Reply) -> Option<Option<PolicyStatus>> {
    Some(Some(PolicyStatus {
        is_public: xml(reply)?.flag("IsPublic")?,
    }))
}

/// The owner and the grants.
pub(super) fn acl(reply: &Reply) -> Option<Option<Acl>> {
    let root = xml(reply)?;
    let list = root.child("AccessControlList")?;
    let owner = root
        .child("Owner")
        .and_then(|o| o.value("ID"))
        .map(|id| Owner { id: id.to_owned() });
    let grants = list.all("Grant").map(grant).collect();
    Some(Some(Acl { owner, grants }))
}

fn grant(node: &Node) -> AclGrant {
    let grantee = node.child("Grantee").map(|g| Grantee {
        kind: g.attribute("type").map(str::to_owned),
        id: g.value("ID").map(str::to_owned),
        uri: g.value("URI").map(str::to_owned),
    });
    AclGrant {
        grantee: grantee.unwrap_or_default(),
        permission: node.value("Permission").unwrap_or_default().to_owned(),
    }
}

/// The one rule's ownership.
pub(super) fn ownership(reply: &Reply) -> Option<Option<ObjectOwnership>> {
    let root = xml(reply)?;
    ObjectOwnership::from_name(root.child("Rule")?.value("ObjectOwnership")?).map(Some)
}

/// The region; an empty answer is the first region, which has no constraint.
pub(super) fn location(reply: &Reply) -> Option<Option<String>> {
    let root = xml(reply).filter(|r| r.has_only(&["LocationConstraint"]))?;
    let region = root.value("LocationConstraint").unwrap_or(root.text.trim());
    Some(Some(match region {
        "" => "us-east-1".to_owned(),
        "EU" => "eu-west-1".to_owned(),
        other => other.to_owned(),
    }))
}

/// A page of access points, each with the bucket that it leads to.
#[derive(Debug, Clone, Default)]
pub(super) struct Points {
    pub(super) points: Vec<(String, AccessPoint)>,
    /// How to ask for the next page.
    pub(super) next: Option<String>,
}

/// A page of `ListAccessPoints`.
pub(super) fn access_points(reply: &Reply) -> Option<Option<Points>> {
    let root = xml(reply)?;
    let list = root.child("AccessPointList")?;
    let point = |node: &Node| {
        let point = AccessPoint {
            name: node.value("Name")?.to_owned(),
            network_origin: node.value("NetworkOrigin").map(str::to_owned),
            ..AccessPoint::default()
        };
        Some((node.value("Bucket")?.to_owned(), point))
    };
    Some(Some(Points {
        points: list.all("AccessPoint").map(point).collect::<Option<_>>()?,
        next: root.value("NextToken").map(str::to_owned),
    }))
}

/// A page of `ListMultiRegionAccessPoints`; a point that leads to several buckets is there for each of them.
pub(super) fn multi_region_points(reply: &Reply) -> Option<Option<Points>> {
    let root = xml(reply)?;
    let mut points = Vec::new();
    for node in root.child("AccessPoints")?.all("AccessPoint") {
        let point = AccessPoint {
            name: node.value("Name")?.to_owned(),
            public_access_block_configuration: node.child("PublicAccessBlock").and_then(switches),
            ..AccessPoint::default()
        };
        let regions = node.child("Regions").into_iter().flat_map(|r| r.all("Region"));
        for bucket in regions.filter_map(|region| region.value("Bucket")) {
            points.push((bucket.to_owned(), point.clone()));
        }
    }
    let next = root.value("NextToken").map(str::to_owned);
    Some(Some(Points { points, next }))
}

/// The block in a `GetAccessPoint` reply.
pub(super) fn access_point_block(reply: &Reply) -> Option<Option<PublicAccessBlock>> {
    let root = xml(reply)?;
    root.value("NetworkOrigin")?;
    match root.child("PublicAccessBlockConfiguration") {
        Some(node) => switches(node).map(Some),
        None => Some(None),
    }
}

/// A policy inside XML; of a Multi-Region access point's two, the one that is in force.
pub(super) fn wrapped_policy(reply: &Reply) -> Option<Option<Policy>> {
    let root = xml(reply)?;
    let policy = root.child("Policy")?;
    let text = match policy.child("Established") {
        Some(established) => established.value("Policy"),
        None if policy.children.is_empty() => Some(policy.text.trim()).filter(|t| !t.is_empty()),
        None => None,
    };
    text.map_or(Some(None), |text| document::<Policy>(text).map(Some))
}

/// The service's judgement of such a policy.
pub(super) fn wrapped_status(reply: &Reply) -> Option<Option<PolicyStatus>> {
    let root = xml(reply)?;
    let status = root.child("PolicyStatus").or_else(|| root.child("Established"))?;
    Some(Some(PolicyStatus {
        is_public: status.flag("IsPublic")?,
    }))
}

/// Where objects are copied to.
pub(super) fn replication(reply: &Reply) -> Option<Option<Replication>> {
    let root = xml(reply).filter(|r| r.has_only(&["Role", "Rule"]) && !r.children.is_empty())?;
    let rules = root.all("Rule").map(replication_rule).collect();
    Some(Some(Replication { rules }))
}

fn replication_rule(node: &Node) -> ReplicationRule {
    let filter = node.child("Filter");
    let prefix = filter.and_then(|f| f.value("Prefix").or_else(|| f.child("And")?.value("Prefix")));
    let destination = node.child("Destination");
    let of = |name: &str| destination.and_then(|d| d.value(name)).map(str::to_owned);
    ReplicationRule {
        status: node.value("Status").unwrap_or_default().to_owned(),
        prefix: node.value("Prefix").map(str::to_owned),
        filter: prefix.map(|prefix| json!({ "Prefix": prefix })),
        destination: ReplicationDestination {
            bucket: of("Bucket").unwrap_or_default(),
            account: of("Account"),
        },
    }
}

/// Who pays.
pub(super) fn request_payment(reply: &Reply) -> Option<Option<RequestPayment>> {
    let root = xml(reply).filter(|r| r.has_only(&["Payer"]))?;
    let payer = root.value("Payer")?.to_owned();
    Some(Some(RequestPayment { payer }))
}

/// The default encryption's rules.
pub(super) fn encryption(reply: &Reply) -> Option<Option<Value>> {
    let root = xml(reply).filter(|r| r.has_only(&["Rule"]) && !r.children.is_empty())?;
    let rules: Vec<_> = root.all("Rule").map(encryption_rule).collect();
    Some(Some(json!({ "Rules": rules })))
}

fn encryption_rule(rule: &Node) -> Value {
    let mut by_default = serde_json::Map::new();
    if let Some(node) = rule.child("ApplyServerSideEncryptionByDefault") {
        for name in ["SSEAlgorithm", "KMSMasterKeyID"] {
            if let Some(value) = node.value(name) {
                by_default.insert(name.to_owned(), value.into());
            }
        }
    }
    json!({ "ApplyServerSideEncryptionByDefault": by_default })
}

/// The state; a bucket that never had versions says nothing.
pub(super) fn versioning(reply: &Reply) -> Option<Option<Value>> {
    let names = ["Status", "MfaDelete", "MFADelete"];
    let root = xml(reply).filter(|r| r.has_only(&names))?;
    let status = root.value("Status").map(|status| json!({ "Status": status }));
    Some(status)
}

/// Where access is logged to; nothing where it is not.
pub(super) fn logging(reply: &Reply) -> Option<Option<Value>> {
    let root = xml(reply).filter(|r| r.has_only(&["LoggingEnabled"]))?;
    Some(root.child("LoggingEnabled").map(|enabled| {
        json!({ "LoggingEnabled": {
            "TargetBucket": enabled.value("TargetBucket"), "TargetPrefix": enabled.value("TargetPrefix")
        } })
    }))
}

/// That there is a website, and of which kind.
pub(super) fn website(reply: &Reply) -> Option<Option<Value>> {
    let names = [
        "IndexDocument",
        "ErrorDocument",
        "RedirectAllRequestsTo",
        "RoutingRules",
    ];
    let root = xml(reply).filter(|r| r.has_only(&names) && !r.children.is_empty())?;
    let mut site = serde_json::Map::new();
    if let Some(suffix) = root.child("IndexDocument").and_then(|d| d.value("Suffix")) {
        site.insert("IndexDocument".to_owned(), json!({ "Suffix": suffix }));
    }
    if let Some(host) = root
        .child("RedirectAllRequestsTo")
        .and_then(|r| r.value("HostName"))
    {
        site.insert("RedirectAllRequestsTo".to_owned(), json!({ "HostName": host }));
    }
    Some(Some(Value::Object(site)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(body: &str) -> Reply {
        Reply {
            status: http::StatusCode::OK,
            headers: http::HeaderMap::new(),
            body: body.to_owned().into(),
        }
    }

    /// What a server that does not know a sub-resource answers.
    const LISTING: &str = "<ListBucketResult><Name>b</Name><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>\
        <Contents><Key>k</Key></Contents></ListBucketResult>";

    #[test]
    fn an_object_list_is_no_setting() {
        let r = reply(LISTING);
        assert_eq!(public_access_block(&r), None);
        assert_eq!(policy(&r), None);
        assert_eq!(policy_status(&r), None);
        assert_eq!(acl(&r), None);
        assert_eq!(ownership(&r), None);
        assert_eq!(location(&r), None);
        assert_eq!(encryption(&r), None);
        assert_eq!(versioning(&r), None);
        assert_eq!(logging(&r), None);
        assert_eq!(website(&r), None);
        assert!(access_points(&r).is_none() && multi_region_points(&r).is_none());
        assert!(
            access_point_block(&r).is_none() && wrapped_policy(&r).is_none() && wrapped_status(&r).is_none()
        );
        assert!(replication(&r).is_none() && request_payment(&r).is_none());
        assert_eq!(acl(&reply("<html><body>hello</body></html>")), None);
    }

    #[test]
    fn a_root_may_have_any_name() {
        let body = "<BlockPublicAccessBlockConfiguration><BlockPublicAcls>TRUE</BlockPublicAcls>\
            <IgnorePublicAcls>false</IgnorePublicAcls></BlockPublicAccessBlockConfiguration>";
        let block = public_access_block(&reply(body)).unwrap().unwrap();
        assert!(block.block_public_acls && !block.ignore_public_acls && !block.restrict_public_buckets);
        let body = "<GetBucketVersioningResponse><Status>Enabled</Status></GetBucketVersioningResponse>";
        assert_eq!(
            versioning(&reply(body)),
            Some(Some(json!({ "Status": "Enabled" })))
        );
        assert_eq!(versioning(&reply("<VersioningConfiguration/>")), Some(None));
    }

    #[test]
    fn an_unreadable_switch_is_no_block() {
        let body = "<P><IgnorePublicAcls>maybe</IgnorePublicAcls></P>";
        assert_eq!(public_access_block(&reply(body)), None);
    }

    #[test]
    fn grants_are_read_with_their_grantee() {
        let body = r#"<AccessControlPolicy><Owner><ID>me</ID></Owner><AccessControlList>
            <Grant><Grantee xmlns:xsi="x" xsi:type="Group"><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee>
            <Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>"#;
        let acl = acl(&reply(body)).unwrap().unwrap();
        assert_eq!(acl.owner.unwrap().id, "me");
        assert_eq!(acl.grants[0].grantee.kind.as_deref(), Some("Group"));
        assert_eq!(acl.grants[0].permission, "READ");
    }

    #[test]
    fn regions_have_their_old_names() {
        let of = |b: &str| location(&reply(b)).unwrap().unwrap();
        assert_eq!(of("<LocationConstraint/>"), "us-east-1");
        assert_eq!(of("<LocationConstraint>EU</LocationConstraint>"), "eu-west-1");
        let nested = "<R><LocationConstraint>eu-central-1</LocationConstraint></R>";
        assert_eq!(of(nested), "eu-central-1");
    }
}
