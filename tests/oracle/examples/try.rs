use contextvars_check_oracle::*;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let mut i = interpreter::Interpreter::start(std::path::Path::new(&a[1])).unwrap();
    let job = campaign::Job { operations: a[2].parse().unwrap(), deadline: contextvars_check::deadline::Deadline::after(200.0), seed: a.get(3).map_or(1, |s| s.parse().unwrap()), profile: &profile::ORACLE, rules: compare::RULES, seek: None, findings: 3 };
    let s = stated::check(&mut i, &job).unwrap();
    println!("stated {} left out {} cuts {:?}", s.answers, s.left_out, s.report.cuts);
    for f in s.report.found { println!("{}\n{}", f.trouble, f.plan.scenario); }
    let r = campaign::run(&mut i, &job).unwrap();
    println!("{} {} ops {:.0}/s {} of {} whole {:?} {:?} {:?}", r.version, r.operations, r.rate(), r.whole, r.scenarios, r.cuts, r.explained, r.shortfall);
    for f in r.found { println!("again {} tried {} from {}: {}\n{}{:?}", f.again, f.tried, f.cut_from, f.trouble, f.plan.scenario, f.plan.way); }
}
