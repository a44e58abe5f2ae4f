//! `issue`: a license by hand.

use std::io::Write as _;
use std::path::PathBuf;

use license_core::{Fingerprint, UnixTime};

use super::office::{self, Office};
use super::{CommandError, Common, Done, output, times};
use crate::engine::ids::{InstanceId, LineId, OrderId, OrderLine};
use crate::engine::request::{Command as Ask, IssueByHand, Outcome};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  license-server issue --product cad-pro --fingerprint DF1-… --end 2027-11-23 --out cad-pro.lic
  license-server issue --product cad-pro --no-device --perpetual --quantity 5")]
pub(super) struct Args {
    #[command(flatten)]
    common: Common,
    /// The catalog entry's code
    #[arg(long)]
    product: String,
    /// The device's fingerprint text, as the agent prints it
    #[arg(long, required_unless_present = "no_device")]
    fingerprint: Option<String>,
    /// For no device in particular; the product must allow it
    #[arg(long, conflicts_with = "fingerprint")]
    no_device: bool,
    /// From when; now when left out
    #[arg(long, value_parser = times::parse)]
    start: Option<UnixTime>,
    /// Until when
    #[arg(long, value_parser = times::parse, required_unless_present = "perpetual")]
    end: Option<UnixTime>,
    /// For ever
    #[arg(long, conflicts_with = "end")]
    perpetual: bool,
    /// Units that this license grants
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    quantity: u32,
    /// The instance it is recorded under; a new one when left out
    #[arg(long)]
    instance: Option<String>,
    /// The order that was notified, as ORDER/LINE; it is then no longer listed
    #[arg(long)]
    order: Option<String>,
    /// A test license
    #[arg(long)]
    test: bool,
    /// Write the license to a file instead of the terminal; an existing file is not touched
    #[arg(long)]
    out: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Done {
    let settings = args.common.settings.load()?;
    let mut office = Office::for_signing(&settings)?;
    if office.policy().catalog.by_code(&args.product).is_none() {
        let known = office.policy().catalog.codes().join(", ");
        let message = format!("the catalog has no product `{}`; it has: {known}", args.product);
        return Err(CommandError::Said(message));
    }
    let device = args.fingerprint.as_ref().map(|text| Fingerprint::parse(text, &office.realm)).transpose();
    let device = device.map_err(|e| CommandError::Said(e.to_string()))?;
    let instance = match &args.instance {
        Some(id) => id.clone(),
        None => uuid::Builder::from_random_bytes(rand::random()).into_uuid().to_string(),
    };
    let instance =
        InstanceId::parse(&instance).map_err(|e| CommandError::Said(format!("the instance id {e}")))?;
    let command = Ask::IssueByHand(IssueByHand {
        instance,
        product: args.product.clone(),
        device,
        starts_at: args.start.unwrap_or(office.now),
        ends_at: args.end,
        quantity: args.quantity,
        test: args.test,
        order: args.order.as_deref().map(order_line).transpose()?,
    });
    // The file is made first: a license that could not be written anywhere is better not issued.
    let create = |path: &PathBuf| {
        let named =
            |why| CommandError::Said(format!("{} cannot be made: {why}; nothing was issued", path.display()));
        std::fs::File::create_new(path).map_err(named)
    };
    let file = args.out.as_ref().map(create).transpose()?;
    let issued = office.decide(command).and_then(|outcome| match outcome {
        Outcome::Issued { instance, token, seat } => Ok((instance, token, seat)),
        other => Err(office::refused(&other)),
    });
    if let (Err(_), Some(path)) = (&issued, &args.out) {
        std::fs::remove_file(path)?;
    }
    let (instance, token, seat) = issued?;
    if let Some(mut file) = file {
        file.write_all(token.as_bytes())?;
        file.sync_all()?;
    }
    if args.common.json {
        let seat = seat.map(|seat| seat.0);
        return output::json(&serde_json::json!({ "instance": instance, "seat": seat, "license": token }));
    }
    match &args.out {
        Some(path) => output::line(format!("license of instance {instance} written to {}", path.display())),
        None => output::line(token),
    }
}

fn order_line(text: &str) -> Result<OrderLine, CommandError> {
    let wrong = || CommandError::Said("--order takes ORDER/LINE, as `instances list` prints it".into());
    let (order, line) = text.split_once('/').ok_or_else(wrong)?;
    Ok(OrderLine {
        order: OrderId::parse(order).map_err(|_| wrong())?,
        line: LineId::parse(line).map_err(|_| wrong())?,
    })
}
