//! Connections and credentials of a run, made when first needed and shared by all its stores.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::http::Http;
use super::{Location, Options, Source, SourceError, aws, azure, gcp, local};

/// Opens stores through one pair of eyes. Cheap to make: nothing is asked before the first store is used.
pub struct Session {
    options: Options,
    http: OnceCell<Arc<Http>>,
    aws: OnceCell<Arc<aws::Client>>,
    gcp: OnceCell<Arc<gcp::Client>>,
    /// By account and domain.
    azure: Mutex<HashMap<(String, String), Arc<azure::Client>>>,
    /// By domain.
    management: Mutex<HashMap<String, Arc<azure::Management>>>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("run", &self.options.run)
            .finish_non_exhaustive()
    }
}

impl Session {
    /// A session with these options.
    pub fn new(options: Options) -> Self {
        Self {
            options,
            http: OnceCell::new(),
            aws: OnceCell::new(),
            gcp: OnceCell::new(),
            azure: Mutex::default(),
            management: Mutex::default(),
        }
    }

    /// The stores that a location stands for: itself, or every bucket or container of an account or project that the
    /// credentials can list, in order of their names.
    ///
    /// # Errors
    /// [`SourceError::AccessDenied`] when listing them is refused, [`SourceError::Config`] when no credentials or no
    /// project were found.
    pub async fn expand(&self, location: &Location) -> Result<Vec<Location>, SourceError> {
        if !location.is_account() {
            return Ok(vec![location.clone()]);
        }
        let prefix = String::new;
        match location {
            Location::S3 { .. } => {
                let names = self.aws().await?.buckets().await?.into_iter();
                Ok(names
                    .map(|name| Location::S3 {
                        bucket: Some(name),
                        prefix: prefix(),
                    })
                    .collect())
            }
            Location::Gcs { .. } => {
                let names = self.gcp().await?.buckets().await?.into_iter();
                Ok(names
                    .map(|name| Location::Gcs {
                        bucket: Some(name),
                        prefix: prefix(),
                    })
                    .collect())
            }
            Location::Azure { account, domain, .. } => {
                let names = self.azure(account, domain).await?.containers().await?.into_iter();
                let container = |name| Location::Azure {
                    account: account.clone(),
                    domain: domain.clone(),
                    container: Some(name),
                    prefix: prefix(),
                };
                Ok(names.map(container).collect())
            }
            Location::Local { .. } => Ok(vec![location.clone()]),
        }
    }

    /// Opens the one store that a location names. For a cloud nothing is asked yet, so a wrong name or a refusal shows
    /// in the listing.
    ///
    /// # Errors
    /// For a path that does not exist or may not be looked at; [`SourceError::Config`] for a whole account (use
    /// [`Session::expand`]) and for options that cannot work.
    pub async fn open(&self, location: &Location) -> Result<Arc<dyn Source>, SourceError> {
        match location {
            Location::S3 {
                bucket: Some(name), ..
            } => Ok(Arc::new(aws::Bucket::new(name, self.aws().await?))),
            Location::Gcs {
                bucket: Some(name), ..
            } => Ok(Arc::new(gcp::Bucket::new(name, self.gcp().await?))),
            Location::Azure {
                account,
                domain,
                container: Some(name),
                ..
            } => Ok(Arc::new(azure::Container::new(
                name,
                self.azure(account, domain).await?,
            ))),
            Location::Local { path } => Ok(Arc::new(local::Local::open(path)?)),
            _ => Err(SourceError::Config {
                what: format!("the location {location}"),
                why: "it stands for many stores".to_owned(),
            }),
        }
    }

    /// The client for AWS settings: S3, S3 Control and STS.
    pub async fn aws(&self) -> Result<Arc<aws::Client>, SourceError> {
        let client = self.aws.get_or_try_init(|| async {
            let http = self.http().await?;
            aws::Client::new(&self.options, http).await.map(Arc::new)
        });
        client.await.cloned()
    }

    /// The client for Cloud Storage settings.
    pub async fn gcp(&self) -> Result<Arc<gcp::Client>, SourceError> {
        let client = self.gcp.get_or_try_init(|| async {
            let http = self.http().await?;
            gcp::Client::new(&self.options, http).map(Arc::new)
        });
        client.await.cloned()
    }

    /// The client for a storage account's settings, in the cloud with this domain (`core.windows.net`).
    pub async fn azure(&self, account: &str, domain: &str) -> Result<Arc<azure::Client>, SourceError> {
        let http = self.http().await?;
        let mut clients = self.azure.lock().unwrap_or_else(PoisonError::into_inner);
        let name = (account.to_owned(), domain.to_owned());
        if let Some(client) = clients.get(&name) {
            return Ok(Arc::clone(client));
        }
        let client = Arc::new(azure::Client::new(account, domain, &self.options, http)?);
        clients.insert(name, Arc::clone(&client));
        Ok(client)
    }

    /// The client for Azure's management API in the cloud with this domain; `None` where nothing may be asked: no
    /// credentials are to be used, or another server is looked at.
    pub async fn management(&self, domain: &str) -> Option<Arc<azure::Management>> {
        let http = self.http().await.ok()?;
        let mut clients = self.management.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(domain) {
            return Some(Arc::clone(client));
        }
        let client = Arc::new(azure::Management::new(domain, &self.options, http)?);
        clients.insert(domain.to_owned(), Arc::clone(&client));
        Some(client)
    }

    async fn http(&self) -> Result<Arc<Http>, SourceError> {
        self.http
            .get_or_try_init(|| async { Http::new(&self.options) })
            .await
            .cloned()
    }
}
