use contextvars_check::*;
use contextvars_check::explore::*;
use std::sync::Arc;
use contextvars_check::scenario::Scenario;
fn main() {
    let pair = |t: &str| Arc::new(Scenario::parse(t).map_err(|e| e.to_string()).unwrap());
    let sc = Scenarios { pairs: vec![
        pair("scenario own-set-get\ninit\nvar x\nthread\nset x 10\nget x\nthread\nset x 20\nget x\n"),
        pair("scenario both-enter\ninit\nvar x\ncontext c\nthread\nenter c\nexit c\nthread\nenter c\nexit c\n"),
        pair("scenario len-during-set\ninit\nvar x\ncontext c\nthread\nrun c { set x 1 }\nthread\nlen c\nitems c\n"),
    ], quads: vec![], larger: vec![], corners: vec![], generate: true };
    for entry in designs::DESIGNS {
        for engine in ENGINES {
            let t = std::time::Instant::now();
            let f = engine.explore(&Job { subject: entry.subject, scenarios: &sc, properties: &check::Property::ALL, budget: budget::Budget::seconds(4.0), seed: 1 });
            println!("{} {} {:?} {:?} {:.2}s", entry.name, engine.engine(), f.covered, f.shortfall, t.elapsed().as_secs_f64());
            for n in &f.notes { println!("   {n}"); }
            println!("   nj {:?}", f.not_judged);
            for v in &f.violations { if matches!(v.violation.property, check::Property::Mem1|check::Property::Api1) && entry.name=="uncached" { println!("{}\n{:?}", v.scenario, v.violation.operations); } println!("   {} @{} {}\n      {}\n      {:?}", v.violation.property, v.execution, v.scenario.name, v.violation.sentence, v.schedule);
               for t in v.trace.iter().take(40) { println!("        {:?}", t); } }
        }
    }
}
