// The moves of the GPU: everything around the matrix products, one value or one tile a thread.
//
// Maps are (N, H, W, C) with `ld` values from one cell to the next, so that a map may be a slice of a concat's channels.
// T is float, double or __half; sums are taken in A, which is float for __half. Every kernel strides over its work by
// the size of the grid, so that any grid is right. BT<m>, AT<m>: the matrices of Winograd's minimal filtering, written
// before this text by sources.py from the same table that the CPU uses.

typedef long long Index;

#define EACH(i, count)                                                                                                 \
    for (Index i = (Index)blockIdx.x * blockDim.x + threadIdx.x, step_ = (Index)gridDim.x * blockDim.x; i < (count);   \
         i += step_)

__device__ inline A clamp(A value, A low, A high) {
    value = value < low ? low : value;  // a NaN stays one
    return value > high ? high : value;
}

// value + bias + residual, then between low and high
__device__ inline A finished(A value, const T *bias, int f, const T *residual, Index at, A low, A high) {
    if (bias) value += (A)bias[f];
    if (residual) value += (A)residual[at];
    return clamp(value, low, high);
}

// x (N, C, H, W) -> y (N, H, W, C)
extern "C" __global__ void to_nhwc(const T *x, T *y, int N, int C, int cells, int ld) {
    EACH(i, (Index)N * cells * C) {
        int c = i % C;
        Index cell = i / C, n = cell / cells, at = cell % cells;
        y[cell * ld + c] = x[(n * C + c) * cells + at];
    }
}

// x (N, H, W, C) -> y (N, C, H, W)
extern "C" __global__ void to_nchw(const T *x, T *y, int N, int C, int cells, int ld) {
    EACH(i, (Index)N * cells * C) {
        Index at = i % cells, nc = i / cells;
        y[i] = x[(nc / C * cells + at) * ld + nc % C];
    }
}

// y = clamp(x + bias + residual): a map into another, or after a matrix product
extern "C" __global__ void epilogue(const T *x, int x_ld, T *y, int y_ld, Index rows, int C, const T *bias,
                                    const T *residual, int r_ld, A low, A high) {
    EACH(i, rows * C) {
        int c = i % C;
        Index row = i / C;
        y[row * y_ld + c] = (T)finished((A)x[row * x_ld + c], bias, c, residual, row * r_ld + c, low, high);
    }
}

// y = clamp(x * scale + shift) by channel: a batch norm that no convolution took in
extern "C" __global__ void scale_shift(const T *x, int x_ld, T *y, int y_ld, Index rows, int C, const T *scale,
                                       const T *shift, A low, A high) {
    EACH(i, rows * C) {
        int c = i % C;
        Index row = i / C;
        y[row * y_ld + c] = (T)clamp((A)x[row * x_ld + c] * (A)scale[c] + (A)shift[c], low, high);
    }
}

// The taps of each stop as a row, tap by tap, channels last: z (N * OH * OW, kh * kw * C)
extern "C" __global__ void im2col(const T *x, int ld, T *z, int N, int H, int W, int C, int OH, int OW, int kh, int kw,
                                  int sh, int sw, int dh, int dw, int ph, int pw) {
    EACH(i, (Index)N * OH * OW * kh * kw * C) {
        int c = i % C;
        Index rest = i / C;
        int b = rest % kw, a = rest / kw % kh;
        Index stop = rest / (kw * kh);
        int w = stop % OW * sw - pw + b * dw, h = stop / OW % OH * sh - ph + a * dh;
        Index n = stop / ((Index)OW * OH);
        bool inside = h >= 0 && h < H && w >= 0 && w < W;
        z[i] = inside ? x[((n * H + h) * W + w) * ld + c] : (T)0.0f;
    }
}

template <int M> __device__ void winograd_input(const T *x, int ld, T *v, int N, int H, int W, int C, int rows,
                                                int columns, int ph, int pw) {
    constexpr int S = M + 2;
    Index tiles = (Index)N * rows * columns;
    EACH(i, tiles * C) {
        int c = i % C;
        Index tile = i / C, n = tile / (rows * columns);
        int h0 = tile / columns % rows * M - ph, w0 = tile % columns * M - pw;
        A d[S][S], u[S][S];
#pragma unroll
        for (int a = 0; a < S; a++)
#pragma unroll
            for (int b = 0; b < S; b++) {
                int h = h0 + a, w = w0 + b;
                bool inside = h >= 0 && h < H && w >= 0 && w < W;
                d[a][b] = inside ? (A)x[((n * H + h) * W + w) * ld + c] : (A)0;
            }
#pragma unroll
        for (int a = 0; a < S; a++)
#pragma unroll
            for (int b = 0; b < S; b++) {
                u[a][b] = 0;
#pragma unroll
                for (int k = 0; k < S; k++)
                    if (BT<M>(a, k) != 0) u[a][b] += BT<M>(a, k) * d[k][b];
            }
#pragma unroll
        for (int a = 0; a < S; a++)
#pragma unroll
            for (int b = 0; b < S; b++) {
                A sum = 0;
#pragma unroll
                for (int k = 0; k < S; k++)
                    if (BT<M>(b, k) != 0) sum += u[a][k] * BT<M>(b, k);
                v[((Index)(a * S + b) * tiles + tile) * C + c] = (T)sum;
            }
    }
}

template <int M> __device__ void winograd_output(const T *p, T *y, int ld, int N, int OH, int OW, int F, int rows,
                                                 int columns, const T *bias, const T *residual, int r_ld, A low,
                                                 A high) {
    constexpr int S = M + 2;
    Index tiles = (Index)N * rows * columns;
    EACH(i, tiles * F) {
        int f = i % F;
        Index tile = i / F, n = tile / (rows * columns);
        int h0 = tile / columns % rows * M, w0 = tile % columns * M;
        A q[S][S], u[M][S];
#pragma unroll
        for (int a = 0; a < S; a++)
#pragma unroll
            for (int b = 0; b < S; b++) q[a][b] = (A)p[((Index)(a * S + b) * tiles + tile) * F + f];
#pragma unroll
        for (int a = 0; a < M; a++)
#pragma unroll
            for (int b = 0; b < S; b++) {
                u[a][b] = 0;
#pragma unroll
                for (int k = 0; k < S; k++)
                    if (AT<M>(a, k) != 0) u[a][b] += AT<M>(a, k) * q[k][b];
            }
#pragma unroll
        for (int a = 0; a < M; a++)
#pragma unroll
            for (int b = 0; b < M; b++) {
                if (h0 + a >= OH || w0 + b >= OW) continue;
                A sum = 0;
#pragma unroll
                for (int k = 0; k < S; k++)
                    if (AT<M>(b, k) != 0) sum += u[a][k] * AT<M>(b, k);
                Index cell = (n * OH + h0 + a) * OW + w0 + b;
                y[cell * ld + f] = (T)finished(sum, bias, f, residual, cell * r_ld + f, low, high);
            }
    }
}

#define WINOGRAD(M)                                                                                                    \
    extern "C" __global__ void winograd_input_##M(const T *x, int ld, T *v, int N, int H, int W, int C, int rows,      \
                                                  int columns, int ph, int pw) {                                       \
        winograd_input<M>(x, ld, v, N, H, W, C, rows, columns, ph, pw);                                                \
    }                                                                                                                  \
    extern "C" __global__ void winograd_output_##M(const T *p, T *y, int ld, int N, int OH, int OW, int F, int rows,   \
                                                   int columns, const T *bias, const T *residual, int r_ld, A low,     \
                                                   A high) {                                                           \
        winograd_output<M>(p, y, ld, N, OH, OW, F, rows, columns, bias, residual, r_ld, low, high);                    \
    }
WINOGRAD(4)
WINOGRAD(2)

// w (kh, kw, C): one filter a channel
extern "C" __global__ void depthwise(const T *x, int ld, const T *w, T *y, int y_ld, int N, int H, int W, int C, int OH,
                                     int OW, int kh, int kw, int sh, int sw, int dh, int dw, int ph, int pw,
                                     const T *bias, const T *residual, int r_ld, A low, A high) {
    EACH(i, (Index)N * OH * OW * C) {
        int c = i % C;
        Index stop = i / C, n = stop / ((Index)OW * OH);
        int w0 = stop % OW * sw - pw, h0 = stop / OW % OH * sh - ph;
        A sum = 0;
        for (int a = 0; a < kh; a++) {
            int h = h0 + a * dh;
            if (h < 0 || h >= H) continue;
            for (int b = 0; b < kw; b++) {
                int at = w0 + b * dw;
                if (at >= 0 && at < W) sum += (A)x[((n * H + h) * W + at) * ld + c] * (A)w[(a * kw + b) * C + c];
            }
        }
        y[stop * y_ld + c] = (T)finished(sum, bias, c, residual, stop * r_ld + c, low, high);
    }
}

// Cells outside the map do not count; a NaN in the window is the result
extern "C" __global__ void max_pool(const T *x, int ld, T *y, int y_ld, int N, int H, int W, int C, int OH, int OW,
                                    int kh, int kw, int sh, int sw, int dh, int dw, int ph, int pw, A low) {
    EACH(i, (Index)N * OH * OW * C) {
        int c = i % C;
        Index stop = i / C, n = stop / ((Index)OW * OH);
        int w0 = stop % OW * sw - pw, h0 = stop / OW % OH * sh - ph;
        A best = low;
        for (int a = 0; a < kh; a++)
            for (int b = 0; b < kw; b++) {
                int h = h0 + a * dh, at = w0 + b * dw;
                if (h < 0 || h >= H || at < 0 || at >= W) continue;
                A value = (A)x[((n * H + h) * W + at) * ld + c];
                if (value > best || value != value) best = value;
            }
        y[stop * y_ld + c] = (T)best;
    }
}

// The cells inside the map times `shares` (OH, OW), one over the cells that count
extern "C" __global__ void avg_pool(const T *x, int ld, T *y, int y_ld, int N, int H, int W, int C, int OH, int OW,
                                    int kh, int kw, int sh, int sw, int ph, int pw, const T *shares) {
    EACH(i, (Index)N * OH * OW * C) {
        int c = i % C;
        Index stop = i / C, n = stop / ((Index)OW * OH);
        int w0 = stop % OW * sw - pw, h0 = stop / OW % OH * sh - ph;
        A sum = 0;
        for (int h = h0 < 0 ? 0 : h0; h < h0 + kh && h < H; h++)
            for (int at = w0 < 0 ? 0 : w0; at < w0 + kw && at < W; at++)
                sum += (A)x[((n * H + h) * W + at) * ld + c];
        y[stop * y_ld + c] = (T)(sum * (A)shares[stop % ((Index)OW * OH)]);
    }
}

// y (N, C): the mean of each channel
extern "C" __global__ void global_avg(const T *x, int ld, T *y, int N, int cells, int C) {
    EACH(i, (Index)N * C) {
        int c = i % C;
        Index n = i / C;
        A sum = 0;
        for (int cell = 0; cell < cells; cell++) sum += (A)x[(n * cells + cell) * ld + c];
        y[i] = (T)(sum / cells);
    }
}

// x / (k + alpha / size * sum of squares over `size` channels around c) ^ beta
extern "C" __global__ void local_response_norm(const T *x, int ld, T *y, int y_ld, Index rows, int C, int size, A alpha,
                                               A beta, A k) {
    EACH(i, rows * C) {
        int c = i % C;
        Index row = i / C;
        A sum = 0;
        int first = c - size / 2;
        for (int j = first < 0 ? 0 : first; j < first + size && j < C; j++) {
            A value = (A)x[row * ld + j];
            sum += value * value;
        }
        y[row * y_ld + c] = (T)((A)x[row * ld + c] / pow(k + alpha / size * sum, beta));
    }
}

// Shares of each row: exp(x - max) / sum
extern "C" __global__ void softmax(const T *x, T *y, Index rows, int C) {
    EACH(row, rows) {
        A top = (A)x[row * C], sum = 0;
        for (int c = 1; c < C; c++) top = (A)x[row * C + c] > top ? (A)x[row * C + c] : top;
        for (int c = 0; c < C; c++) sum += exp((A)x[row * C + c] - top);
        for (int c = 0; c < C; c++) y[row * C + c] = (T)(exp((A)x[row * C + c] - top) / sum);
    }
}
