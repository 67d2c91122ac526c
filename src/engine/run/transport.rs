//! Carries the exposure stage's questions over the source stage's signed connections.

use futures::future::BoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use crate::exposure::{Ask, AskError, Question, Reply, To};
use crate::source::{Answer, Location, Session, SourceError, aws};

/// The connections of a run.
pub(super) struct Transport<'a> {
    session: &'a Session,
    /// The domain of the Azure cloud that the locations name.
    azure_domain: String,
}

impl<'a> Transport<'a> {
    pub(super) fn new(session: &'a Session, locations: &[Location]) -> Self {
        let named = locations.iter().find_map(|location| match location {
            Location::Azure { domain, .. } => Some(domain.clone()),
            _ => None,
        });
        Self {
            session,
            azure_domain: named.unwrap_or_else(|| "core.windows.net".into()),
        }
    }

    async fn send(&self, question: &Question) -> Result<Answer, SourceError> {
        let (path, headers, unsigned) = (&question.path, headers(question), question.is_unsigned());
        match &question.to {
            To::Bucket(name) => {
                self.session
                    .aws()
                    .await?
                    .get(aws::Target::Bucket(name), path, headers, unsigned)
                    .await
            }
            To::Control(account, region) => {
                let target = aws::Target::Control(account, region.as_deref());
                self.session
                    .aws()
                    .await?
                    .get(target, path, headers, unsigned)
                    .await
            }
            To::Gcs => self.session.gcp().await?.get(path, headers, unsigned).await,
            To::Google(service) => {
                let client = self.session.gcp().await?;
                client.ask_service(service, question.method.clone(), path).await
            }
            To::Blob(account) => {
                let client = self.session.azure(account, &self.azure_domain).await?;
                match question.method {
                    Method::HEAD => client.head(path).await,
                    _ => client.get(path, headers, unsigned).await,
                }
            }
            To::Dfs(account) => {
                let client = self.session.azure(account, &self.azure_domain).await?;
                client.data_lake_head(path).await
            }
            To::Arm => {
                let client = self.session.management(&self.azure_domain).await;
                client.ok_or_else(not_configured)?.get(path, headers).await
            }
        }
    }

    /// Whether a service is one that another server than the cloud's own does not have, or that needs credentials of
    /// its own: not having it is no refusal.
    fn is_optional(to: &To) -> bool {
        matches!(to, To::Arm | To::Google(_) | To::Dfs(_))
    }
}

fn not_configured() -> SourceError {
    SourceError::Config {
        what: "Azure's management API".into(),
        why: "another server is looked at, or nobody's eyes are used".into(),
    }
}

impl Ask for Transport<'_> {
    fn ask<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Reply, AskError>> {
        Box::pin(async move {
            match self.send(question).await {
                Ok(Answer {
                    status,
                    headers,
                    body,
                }) => Ok(Reply {
                    status,
                    headers,
                    body,
                }),
                Err(SourceError::Config { .. }) if Self::is_optional(&question.to) => {
                    Err(AskError::NotConfigured)
                }
                Err(SourceError::Config { .. }) => Err(AskError::NoCredentials),
                Err(_) => Err(AskError::Unavailable),
            }
        })
    }
}

fn headers(question: &Question) -> HeaderMap {
    let pairs = question.headers.iter().filter_map(|(name, value)| {
        Some((HeaderName::from_static(name), HeaderValue::from_str(value).ok()?))
    });
    pairs.collect()
}
