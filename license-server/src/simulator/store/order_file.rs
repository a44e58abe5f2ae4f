//! Orders from a file, for the command line.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::order::{BuyerInfo, Charging, Line, Order, OrderKind};
use crate::koogallery::times::parse_time;
use license_core::UnixTime;

const MAX_FILE: u64 = 16 << 20;
const MAX_TEXT: usize = 256;

/// Why a file gives no orders.
#[derive(Debug, thiserror::Error)]
pub enum OrderFileError {
    /// It cannot be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is no JSON, or not of the right shape.
    #[error("{}: {fault}", path.display())]
    Wrong {
        /// Which.
        path: PathBuf,
        /// Where in it, and what is wrong there.
        fault: String,
    },
}

impl Order {
    /// Reads a JSON array of orders, each in the shape of a real reply's `orderInfo`. Members that the store has and
    /// the simulator does not need may be there or not. At most 16 MiB.
    ///
    /// # Errors
    /// [`OrderFileError`], with the place in the file.
    pub fn read_file(path: &Path) -> Result<Vec<Self>, OrderFileError> {
        let mut text = String::new();
        File::open(path)
            .and_then(|file| file.take(MAX_FILE + 1).read_to_string(&mut text))
            .map_err(|source| OrderFileError::Unreadable { path: path.to_owned(), source })?;
        let wrong = |fault| OrderFileError::Wrong { path: path.to_owned(), fault };
        if u64::try_from(text.len()).map_or(true, |length| length > MAX_FILE) {
            return Err(wrong("is longer than 16 MiB".to_owned()));
        }
        read(&text).map_err(wrong)
    }
}

fn read(text: &str) -> Result<Vec<Order>, String> {
    let whole: Value = serde_json::from_str(text).map_err(|error| format!("is no JSON: {error}"))?;
    let Value::Array(items) = &whole else {
        return Err("is not a JSON array of orders".to_owned());
    };
    let mut orders = Vec::<Order>::new();
    let mut ids = std::collections::HashSet::new();
    for (number, item) in items.iter().enumerate() {
        let order = order(&Place { name: format!("[{number}]"), value: item })?;
        if !ids.insert(order.id.clone()) {
            return Err(format!("[{number}].orderId: stands in the file twice"));
        }
        orders.push(order);
    }
    Ok(orders)
}

fn order(place: &Place<'_>) -> Result<Order, String> {
    let mut lines = Vec::<Line>::new();
    for item in place.need("orderLine")?.items()? {
        let line = line(&item)?;
        if lines.iter().any(|other| other.id == line.id) {
            return Err(format!("{}.orderLineId: stands in the order twice", item.name));
        }
        lines.push(line);
    }
    if lines.is_empty() {
        return Err(format!("{}.orderLine: is empty", place.name));
    }
    Ok(Order {
        id: place.need("orderId")?.id()?,
        kind: place.need("orderType")?.one_of(&OrderKind::ALL, OrderKind::word)?,
        created_at: place.need("createTime")?.time()?,
        lines,
        buyer: place.find("buyerInfo")?.map(|buyer| self::buyer(&buyer)).transpose()?,
    })
}

fn line(place: &Place<'_>) -> Result<Line, String> {
    let charging = place.need("chargingMode")?.one_of(&Charging::ALL, Charging::word)?;
    let unit = place.find("periodType")?.map(|unit| unit.text()).transpose()?;
    let number = place.find("periodNumber")?.map(|number| number.number()).transpose()?;
    let period = match (unit, number) {
        (None, None) => None,
        (Some(unit), Some(number)) => {
            let number =
                u32::try_from(number).map_err(|_| format!("{}.periodNumber: is too large", place.name))?;
            Some((unit, number))
        }
        _ => return Err(format!("{}: periodType and periodNumber go together", place.name)),
    };
    let expires_at = place.find("expireTime")?.map(|time| time.time()).transpose()?;
    if charging == Charging::Period && expires_at.is_none() {
        return Err(format!("{}.expireTime: a periodic line needs it", place.name));
    }
    let products = place.need("productInfo")?;
    let [product] = &products.items()?[..] else {
        return Err(format!("{}: has not exactly one product", products.name));
    };
    Ok(Line {
        id: place.need("orderLineId")?.id()?,
        charging,
        period,
        expires_at,
        product_id: product.need("productId")?.text()?,
        sku: product.need("skuCode")?.text()?,
        quantity: product.need("linearValue")?.number()?,
    })
}

fn buyer(place: &Place<'_>) -> Result<BuyerInfo, String> {
    let text = |name: &str| place.find(name)?.map(|member| member.text()).transpose();
    let kind = place.find("customerType")?;
    let kind = kind.map(|kind| kind.value.as_i64().ok_or_else(|| kind.wrong("is not a whole number")));
    Ok(BuyerInfo {
        customer_id: text("customerId")?,
        customer_name: text("customerName")?,
        customer_real_name: text("customerRealName")?,
        customer_type: kind.transpose()?,
        mobile_phone: text("mobilePhone")?,
        email: text("email")?,
        user_id: text("userId")?,
        user_name: text("userName")?,
    })
}

/// A value and where it stands, as `[0].orderLine[1].expireTime`.
struct Place<'a> {
    name: String,
    value: &'a Value,
}

impl<'a> Place<'a> {
    /// A member that may be missing or `null`.
    fn find(&self, name: &str) -> Result<Option<Self>, String> {
        let Value::Object(members) = self.value else {
            return Err(self.wrong("is not an object"));
        };
        let value = members.get(name).filter(|value| !value.is_null());
        Ok(value.map(|value| Place { name: format!("{}.{name}", self.name), value }))
    }

    fn need(&self, name: &str) -> Result<Self, String> {
        self.find(name)?.ok_or_else(|| format!("{}.{name}: is missing", self.name))
    }

    fn items(&self) -> Result<Vec<Self>, String> {
        let items = self.value.as_array().ok_or_else(|| self.wrong("is not an array"))?;
        let place = |(number, value)| Place { name: format!("{}[{number}]", self.name), value };
        Ok(items.iter().enumerate().map(place).collect())
    }

    fn text(&self) -> Result<String, String> {
        let text = self.value.as_str().ok_or_else(|| self.wrong("is not a text"))?;
        if text.is_empty() || text.chars().count() > MAX_TEXT {
            return Err(self.wrong("is empty or longer than 256 characters"));
        }
        Ok(text.to_owned())
    }

    fn id(&self) -> Result<String, String> {
        let text = self.text()?;
        if text.chars().count() > 64 { Err(self.wrong("is longer than 64 characters")) } else { Ok(text) }
    }

    fn number(&self) -> Result<u64, String> {
        self.value.as_u64().ok_or_else(|| self.wrong("is not a whole number from 0"))
    }

    fn time(&self) -> Result<UnixTime, String> {
        let text = self.text()?;
        parse_time(&text).map_err(|error| self.wrong(&error.to_string()))
    }

    fn one_of<T: Copy>(&self, all: &[T], word: impl Fn(T) -> &'static str) -> Result<T, String> {
        let text = self.text()?;
        all.iter().copied().find(|one| word(*one) == text).ok_or_else(|| {
            let words: Vec<_> = all.iter().map(|one| word(*one)).collect();
            self.wrong(&format!("is none of {}", words.join(", ")))
        })
    }

    fn wrong(&self, what: &str) -> String {
        format!("{}: {what}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const NOW: UnixTime = UnixTime::from_secs(1_790_144_272);

    #[test]
    fn what_the_store_shows_can_be_read_back_as_an_order() {
        let mut change = Order::one_time("CS2", "OFFI2", "sku-2", NOW);
        change.kind = OrderKind::Change;
        change.buyer = None;
        change.lines.push(Line { id: "CS2-000002".into(), ..change.lines[0].clone() });
        let orders = [Order::yearly("CS1", "OFFI1", "sku-1", NOW), change];
        let text = json!(orders.iter().map(|order| order.info(None)).collect::<Vec<_>>()).to_string();
        assert_eq!(read(&text).unwrap(), orders);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("orders.json");
        std::fs::write(&path, text).unwrap();
        assert_eq!(Order::read_file(&path).unwrap(), orders);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        let good = Order::yearly("CS1", "OFFI1", "sku-1", NOW).info(None);
        for (member, value, words) in [
            ("/orderId", json!("x".repeat(65)), "[0].orderId: is longer than 64"),
            ("/orderId", json!(1), "[0].orderId: is not a text"),
            ("/orderType", json!("new"), "[0].orderType: is none of NEW, TRIAL"),
            ("/createTime", json!("2026"), "[0].createTime: is neither"),
            ("/createTime", Value::Null, "[0].createTime: is missing"),
            ("/orderLine", json!([]), "[0].orderLine: is empty"),
            ("/orderLine", json!(["x"]), "[0].orderLine[0]: is not an object"),
            ("/orderLine/0/expireTime", Value::Null, "[0].orderLine[0].expireTime: a periodic line"),
            ("/orderLine/0/periodType", Value::Null, "periodType and periodNumber go together"),
            ("/orderLine/0/periodNumber", json!(1_u64 << 32), "[0].orderLine[0].periodNumber: is too large"),
            ("/orderLine/0/productInfo", json!([]), "[0].orderLine[0].productInfo: has not exactly one"),
            (
                "/orderLine/0/productInfo/0/linearValue",
                json!(-1),
                "productInfo[0].linearValue: is not a whole",
            ),
            ("/buyerInfo/customerType", json!("1"), "[0].buyerInfo.customerType: is not a whole"),
        ] {
            let mut order = good.clone();
            *order.pointer_mut(member).unwrap() = value;
            let fault = read(&json!([order]).to_string()).unwrap_err();
            assert!(fault.contains(words), "{fault}");
        }
        assert!(read(&json!([good, good]).to_string()).unwrap_err().starts_with("[1].orderId: stands"));
        assert!(read("{}").unwrap_err().contains("array"));
        assert!(read("[").unwrap_err().starts_with("is no JSON: "));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("orders.json");
        assert!(Order::read_file(&path).unwrap_err().to_string().contains("orders.json"));
        std::fs::write(&path, "{}").unwrap();
        let wrong = Order::read_file(&path).unwrap_err().to_string();
        assert!(wrong.ends_with("orders.json: is not a JSON array of orders"), "{wrong}");
    }

    proptest! {
        #[test]
        fn any_text_gets_an_answer(text in "\\PC{0,60}", id in "\\PC{0,70}", number: i64) {
            let _ = read(&text);
            let mut order = Order::yearly(&id, "p", "s", NOW).info(None);
            order["orderLine"][0]["periodNumber"] = json!(number);
            let _ = read(&json!([order]).to_string());
        }
    }
}
