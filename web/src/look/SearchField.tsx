interface SearchFieldProps {
  label: string;
  text: string;
  onText: (text: string) => void;
  /** What Enter does: open the first of what was found. */
  onEnter: () => void;
}

/** The field that `/` jumps to: filters what is below it as one types. */
export function SearchField({ label, text, onText, onEnter }: SearchFieldProps) {
  return (
    <input
      data-search
      type="search"
      className="field"
      placeholder={label}
      aria-label={label}
      value={text}
      onChange={(event) => onText(event.target.value)}
      onKeyDown={(event) => {
        if (event.key === "Enter") onEnter();
        if (event.key === "Escape") event.currentTarget.blur();
      }}
    />
  );
}
