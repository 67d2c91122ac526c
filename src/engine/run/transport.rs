//! Carries the exposure stage's questions over the source stage's signed connections.

use futures::future::BoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue};

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
        let (path, headers, unsigned) = (&question.path, headers(question), question.unsigned);
        match &question.to {
            To::Bucket(name) => {
                self.session
                    .aws()
                    .await?
                    .get(aws::Target::Bucket(name), path, headers, unsigned)
                    .await
            }
            To::Control(account) => {
                self.session
                    .aws()
                    .await?
                    .get(aws::Target::Control(account), path, headers, unsigned)
                    .await
            }
            To::Gcs => self.session.gcp().await?.get(path, headers, unsigned).await,
            To::Blob(account) => {
                let client = self.session.azure(account, &self.azure_domain).await?;
                client.get(path, headers, unsigned).await
            }
            To::Arm => Err(SourceError::Config {
                what: "Azure's management API".into(),
                why: "it is not asked in this version; give the account's settings with --facts".into(),
            }),
        }
    }
}

impl Ask for Transport<'_> {
    fn ask<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Reply, AskError>> {
        Box::pin(async move {
            if question.to == To::Arm {
                return Err(AskError::NotConfigured);
            }
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
