//! One alarm an actor. A timer message that was overtaken still arrives (a cancelled one too), so each bears a generation
//! and an old one is dropped; ringing means "look again", nothing more.

use std::time::Duration;

use actix::{Actor, AsyncContext, Context};

use crate::domain::time::Timestamp;

/// How far ahead an alarm is set at the most; it is set again then.
const AHEAD_MAX: Duration = Duration::from_hours(1);

/// The alarm's state.
#[derive(Debug, Default)]
pub struct Alarm {
    generation: u64,
    set_for: Option<Timestamp>,
}

/// What has an alarm.
pub trait Alarmed: Actor<Context = Context<Self>> {
    /// Its alarm.
    fn alarm(&mut self) -> &mut Alarm;

    /// It rings.
    fn on_alarm(&mut self, ctx: &mut Context<Self>);
}

/// Sets the alarm; `None` switches it off.
pub fn set<A: Alarmed>(actor: &mut A, ctx: &mut Context<A>, at: Option<Timestamp>, now: Timestamp) {
    let alarm = actor.alarm();
    if alarm.set_for == at {
        return;
    }
    alarm.set_for = at;
    alarm.generation += 1;
    let generation = alarm.generation;
    let Some(at) = at else { return };
    ctx.run_later((at - now).to_duration().min(AHEAD_MAX), move |actor, ctx| {
        let alarm = actor.alarm();
        if alarm.generation == generation {
            alarm.set_for = None;
            actor.on_alarm(ctx);
        }
    });
}
