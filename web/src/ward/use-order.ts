import { type RefObject, useCallback, useEffect, useRef, useState } from "react";
import { boardStore } from "../api/live";
import type { BoardState } from "../state/board";
import { usePart } from "../state/store";
import { boardOrder, type Order } from "./order";

/**
 * The beds in the order asked for. While a person points at the board the order by need is held still, so that a
 * tile never slips away from under a finger; it follows as soon as they let go.
 */
export function useOrder(
  order: Order,
  board: RefObject<HTMLElement | null>,
): { beds: string[]; held: boolean } {
  const wanted = usePart(
    boardStore,
    useCallback((state: BoardState | null) => (state ? boardOrder(state, order).join("\n") : ""), [order]),
  );
  const [pointing, setPointing] = useState(false);
  const shown = useRef({ order, beds: wanted });

  useEffect(() => {
    const element = board.current;
    if (!element) return;
    const enter = (event: PointerEvent) => event.pointerType === "mouse" && setPointing(true);
    const leave = () => setPointing(false);
    element.addEventListener("pointerenter", enter);
    element.addEventListener("pointerleave", leave);
    return () => {
      element.removeEventListener("pointerenter", enter);
      element.removeEventListener("pointerleave", leave);
    };
  }, [board]);

  const sameBeds = (a: string, b: string) => a.length === b.length;
  const hold =
    pointing && order === "need" && shown.current.order === order && sameBeds(shown.current.beds, wanted);
  if (!hold) shown.current = { order, beds: wanted };
  const beds = shown.current.beds;
  return { beds: beds === "" ? [] : beds.split("\n"), held: beds !== wanted };
}
