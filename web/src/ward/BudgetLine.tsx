import { useEffect, useId, useRef, useState } from "react";
import { ApiError, api } from "../api/client";
import { boardStore } from "../api/live";
import type { Budget, Waiting } from "../api/types";
import { Link } from "../app/Link";
import { patientAddress } from "../app/router";
import { PriorityMark } from "../look/PriorityMark";
import { announce } from "../shell/announce";
import { useAge } from "../state/clock";
import { usePart } from "../state/store";
import { t } from "../words";

/** The ward's alarm budget: what was told in the last hour, of what the staff on duty can take, and what waits. */
export function BudgetLine({ maySet }: { maySet: boolean }) {
  const budget = usePart(boardStore, (board) => board?.budget ?? null);
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const list = useId();
  useEffect(() => {
    if (!open) return;
    const close = (event: Event) => {
      if (
        event instanceof KeyboardEvent ? event.key === "Escape" : !box.current?.contains(event.target as Node)
      )
        setOpen(false);
    };
    window.addEventListener("keydown", close);
    window.addEventListener("pointerdown", close);
    return () => {
      window.removeEventListener("keydown", close);
      window.removeEventListener("pointerdown", close);
    };
  }, [open]);
  if (!budget) return null;
  const full = budget.load >= budget.capacity;
  return (
    <div className="budget live" ref={box} data-testid="budget" data-full={full}>
      <button type="button" aria-expanded={open} aria-controls={list} onClick={() => setOpen(!open)}>
        <BudgetBar budget={budget} />
        <span>
          <strong>{t("budget.load", { load: budget.load, capacity: budget.capacity })}</strong>
          <span className="quiet">
            {budget.waiting.length > 0
              ? t("budget.waiting", { count: budget.waiting.length })
              : t("budget.none")}
          </span>
        </span>
      </button>
      {open && (
        <div className="budget-list" id={list}>
          <p className="small quiet">
            {t("budget.words", { nurses: budget.nurses, rate: budget.per_nurse_hour })}
          </p>
          {maySet && <OnDuty budget={budget} />}
          {budget.waiting.length > 0 && (
            <ol>
              {budget.waiting.map((each) => (
                <WaitingRow key={each.notification} waiting={each} />
              ))}
            </ol>
          )}
        </div>
      )}
    </div>
  );
}

const WIDTH = 52;

/** How much of what the staff can take has been told; beyond it is hatched. */
function BudgetBar({ budget }: { budget: Budget }) {
  const share = budget.capacity > 0 ? Math.min(1, budget.load / budget.capacity) : 1;
  return (
    <svg className="budget-bar" width={WIDTH} height={12} aria-hidden="true">
      <rect className="budget-room" x={0.5} y={0.5} width={WIDTH - 1} height={11} />
      <rect className="budget-used" x={0.5} y={0.5} width={share * (WIDTH - 1)} height={11} />
    </svg>
  );
}

function WaitingRow({ waiting }: { waiting: Waiting }) {
  const age = useAge(waiting.since);
  return (
    <li>
      <PriorityMark priority={waiting.priority} />
      <span>
        <Link href={patientAddress(waiting.patient)}>
          {t("tile.bed", { bed: waiting.bed })}: {waiting.title}
        </Link>{" "}
        <span className="quiet small">
          {t("tile.since", { age: age ?? "" })}, {waiting.why}
        </span>
      </span>
    </li>
  );
}

function OnDuty({ budget }: { budget: Budget }) {
  const [nurses, setNurses] = useState(String(budget.nurses));
  async function say() {
    try {
      await api.onDuty(budget.ward, Number(nurses));
      announce(t("budget.said"));
    } catch (reason) {
      announce(t("action.failed", { what: reason instanceof ApiError ? reason.what : String(reason) }), true);
    }
  }
  return (
    <form
      className="on-duty"
      onSubmit={(event) => {
        event.preventDefault();
        void say();
      }}
    >
      <label>
        {t("budget.on_duty")}{" "}
        <input
          className="field"
          type="number"
          min={0}
          max={1000}
          step={1}
          required
          value={nurses}
          onChange={(event) => setNurses(event.target.value)}
        />
      </label>
      <button type="submit" className="button small">
        {t("budget.set")}
      </button>
    </form>
  );
}
