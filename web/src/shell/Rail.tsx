import { Link } from "../app/Link";
import type { Route } from "../app/router";
import { Icon, type IconName } from "../look/Icon";
import { soundStore } from "../sound/settings";
import { chooseTheme, type Theme, themeStore } from "../state/preferences";
import { usePart, useStore } from "../state/store";
import { t } from "../words";
import { Lighthouse } from "./Lighthouse";

const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };

function RailLink(props: { href: string; icon: IconName; label: string; current: boolean }) {
  return (
    <li>
      <Link href={props.href} className="rail-link" aria-current={props.current ? "page" : undefined}>
        <Icon name={props.icon} />
        <span>{props.label}</span>
      </Link>
    </li>
  );
}

interface RailProps {
  room: Route["room"];
  patients: boolean;
  levels: boolean;
  audit: boolean;
  devices: boolean;
  onHelp: () => void;
  onSound: () => void;
}

const ROOMS_OF_THE_WARD: Route["room"][] = ["ward", "handover", "gaps"];

/** The rooms that this person may enter; others are not shown. */
export function Rail({ room, patients, levels, audit, devices, onHelp, onSound }: RailProps) {
  const theme = useStore(themeStore);
  return (
    <nav className="rail" aria-label={t("rail.label")}>
      <Link href="/" className="rail-home" aria-label={t("app.name")}>
        <Lighthouse />
      </Link>
      <ul>
        {patients && (
          <RailLink href="/" icon="ward" label={t("rail.ward")} current={ROOMS_OF_THE_WARD.includes(room)} />
        )}
        {patients && (
          <RailLink
            href="/patients"
            icon="patients"
            label={t("rail.patients")}
            current={room === "patients" || room === "patient" || room === "hearing"}
          />
        )}
        {patients && (
          <RailLink
            href="/diagnosis"
            icon="diagnosis"
            label={t("rail.diagnosis")}
            current={room === "diagnoses" || room === "diagnosis"}
          />
        )}
        {patients && (
          <RailLink
            href="/plans"
            icon="plans"
            label={t("rail.plans")}
            current={room === "plans" || room === "plan" || room === "plan-comparison"}
          />
        )}
        {levels && (
          <RailLink
            href="/exposures"
            icon="exposures"
            label={t("rail.exposures")}
            current={room === "levels" || room === "exposures"}
          />
        )}
        {patients && (
          <RailLink
            href="/policies"
            icon="policies"
            label={t("rail.policies")}
            current={room === "policies" || room === "comparison" || room === "replay"}
          />
        )}
        <RailLink
          href="/cohorts"
          icon="cohorts"
          label={t("rail.cohorts")}
          current={room === "cohorts" || room === "validation"}
        />
        <RailLink
          href="/studies"
          icon="studies"
          label={t("rail.studies")}
          current={room === "studies" || room === "study"}
        />
        <RailLink
          href="/models"
          icon="models"
          label={t("rail.models")}
          current={room === "models" || room === "model"}
        />
        {devices && (
          <RailLink href="/sources" icon="sources" label={t("rail.sources")} current={room === "sources"} />
        )}
        {audit && <RailLink href="/audit" icon="audit" label={t("rail.audit")} current={room === "audit"} />}
      </ul>
      <div className="rail-end">
        {patients && <SoundButton onSound={onSound} />}
        <button
          type="button"
          className="rail-link"
          aria-label={`${t("rail.theme")}: ${t(`theme.${theme}`)}`}
          title={`${t("rail.theme")}: ${t(`theme.${theme}`)}`}
          onClick={() => chooseTheme(NEXT[theme])}
        >
          <Icon name="theme" />
        </button>
        <button type="button" className="rail-link" onClick={onHelp} aria-label={t("rail.help")} title="?">
          <Icon name="keys" />
        </button>
      </div>
    </nav>
  );
}

function SoundButton({ onSound }: { onSound: () => void }) {
  const on = usePart(soundStore, (settings) => settings.on);
  const words = `${t("sound.title")}: ${t(on ? "sound.is_on" : "sound.is_off")}`;
  return (
    <button
      type="button"
      className="rail-link"
      data-testid="sound"
      data-on={on}
      aria-label={words}
      title={words}
      onClick={onSound}
    >
      <Icon name="sound" />
    </button>
  );
}
