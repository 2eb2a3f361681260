#include "area.h"

static int clamp(int value, int max)
{
    return value < 0 ? 0 : value > max ? max : value;
}

struct area area_top(struct area *area, int rows)
{
    struct area piece = *area;
    piece.rows = clamp(rows, area->rows);
    area->row += piece.rows;
    area->rows -= piece.rows;
    return piece;
}

struct area area_bottom(struct area *area, int rows)
{
    struct area piece = *area;
    piece.rows = clamp(rows, area->rows);
    area->rows -= piece.rows;
    piece.row += area->rows;
    return piece;
}

struct area area_left(struct area *area, int columns)
{
    struct area piece = *area;
    piece.columns = clamp(columns, area->columns);
    area->column += piece.columns;
    area->columns -= piece.columns;
    return piece;
}

struct area area_right(struct area *area, int columns)
{
    struct area piece = *area;
    piece.columns = clamp(columns, area->columns);
    area->columns -= piece.columns;
    piece.column += area->columns;
    return piece;
}

bool area_has(struct area area, int row, int column)
{
    return row >= area.row && row < area.row + area.rows && column >= area.column &&
           column < area.column + area.columns;
}
