"""What other tools call the kinds of layers, and how they order and name the arguments.

A row: the words, our kind, and their arguments in their order. An argument is `theirs:ours`, or one word where both are
the same; `theirs:-` has no counterpart. What is said in another way goes through `lines.SPECIAL`: `theirs:@inputs`.
"""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """Words of one tool for one kind."""

    words: str
    kind: str
    takes: str = ""
    usual: str = ""
    """What our line says where theirs leaves an argument out: `stride=1`."""
    note: str = ""
    """What is not the same, or is done in another way."""
    axes: int = 0
    """Along how many axes it slides, where its word does not say."""


_RECURRENT = "input_size:- hidden_size num_layers bias batch_first:- dropout:- bidirectional"
_KERAS_CONV = (
    "padding data_format:- dilation_rate:dilation groups activation:act use_bias:bias kernel_initializer:- "
    "bias_initializer:- kernel_regularizer:- bias_regularizer:- activity_regularizer:- kernel_constraint:- "
    "bias_constraint:- input_shape:-"
)
_KERAS_RNN = (
    "units:hidden_size activation:- recurrent_activation:- use_bias:bias kernel_initializer:- recurrent_initializer:- "
    "dropout:- recurrent_dropout:- return_sequences:@returns return_state:- go_backwards:- stateful:- unroll:- "
    "input_shape:-"
)
_KERAS_FRAMES = (
    "filters:out_channels kernel_size strides:stride padding data_format:- dilation_rate:dilation activation:- "
    "recurrent_activation:- use_bias:bias return_sequences:@returns return_state:- go_backwards:- stateful:-"
)
_KERAS_NORM = "axis:- momentum:- epsilon:eps center:bias scale:weight virtual_batch_size:- fused:- renorm:-"

TORCH = (
    Row("Conv1d Conv2d Conv3d", "conv",
        "in_channels:- out_channels kernel_size stride padding dilation groups bias padding_mode"),
    Row("ConvTranspose1d ConvTranspose2d ConvTranspose3d", "conv_transpose",
        "in_channels:- out_channels kernel_size stride padding output_padding groups bias dilation padding_mode:-"),
    Row("Linear", "linear", "in_features:- out_features bias"),
    Row("LazyLinear", "linear", "out_features bias"),
    Row("MaxPool1d MaxPool2d MaxPool3d", "max_pool",
        "kernel_size stride padding dilation return_indices:- ceil_mode"),
    Row("AvgPool1d AvgPool2d AvgPool3d", "avg_pool",
        "kernel_size stride padding ceil_mode count_include_pad divisor_override:-"),
    Row("LPPool1d LPPool2d LPPool3d", "lp_pool", "norm_type kernel_size stride ceil_mode"),
    Row("MaxUnpool1d MaxUnpool2d MaxUnpool3d", "max_unpool", "kernel_size stride padding"),
    Row("AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d", "adaptive_avg_pool", "output_size"),
    Row("AdaptiveMaxPool1d AdaptiveMaxPool2d AdaptiveMaxPool3d", "adaptive_max_pool", "output_size return_indices:-"),
    Row("BatchNorm1d BatchNorm2d BatchNorm3d SyncBatchNorm", "batch_norm",
        "num_features:- eps momentum affine track_running_stats"),
    Row("InstanceNorm1d InstanceNorm2d InstanceNorm3d", "instance_norm",
        "num_features:- eps momentum affine track_running_stats"),
    Row("GroupNorm", "group_norm", "num_groups num_channels:- eps affine"),
    Row("LayerNorm LayerNorm2d", "layer_norm", "normalized_shape:- eps elementwise_affine bias"),
    Row("RMSNorm", "rms_norm", "normalized_shape:- eps elementwise_affine"),
    Row("LocalResponseNorm", "local_response_norm", "size alpha beta k"),
    Row("Dropout Dropout1d Dropout2d Dropout3d AlphaDropout FeatureAlphaDropout", "dropout", "p inplace:-"),
    Row("DropPath", "drop_path", "drop_prob:p scale_by_keep:-"),
    Row("StochasticDepth", "drop_path", "p mode:-"),
    Row("Identity", "identity"),
    Row("LayerScale", "layer_scale", "dim:- init_values:init inplace:-"),
    Row("ReLU", "relu", "inplace:-"),
    Row("ReLU6", "relu6", "inplace:-"),
    Row("LeakyReLU", "leaky_relu", "negative_slope inplace:-"),
    Row("ELU", "elu", "alpha inplace:-"),
    Row("SELU", "selu", "inplace:-"),
    Row("CELU", "celu", "alpha inplace:-"),
    Row("GELU", "gelu", "approximate:-"),
    Row("SiLU Swish", "silu", "inplace:-"),
    Row("Mish", "mish", "inplace:-"),
    Row("Sigmoid", "sigmoid"),
    Row("Tanh", "tanh"),
    Row("Hardsigmoid", "hard_sigmoid", "inplace:-"),
    Row("Hardswish", "hard_swish", "inplace:-"),
    Row("Softplus", "softplus", "beta:- threshold:-"),
    Row("LogSigmoid", "log_sigmoid"),
    Row("Softsign", "softsign"),
    Row("PReLU", "prelu", "num_parameters init:-"),
    Row("GLU", "glu", "dim:@axis"),
    Row("Softmax Softmax2d", "softmax", "dim:@axis"),
    Row("LogSoftmax", "log_softmax", "dim:@axis"),
    Row("Flatten", "flatten", "start_dim:- end_dim:-"),
    Row("ChannelShuffle", "channel_shuffle", "groups"),
    Row("PixelShuffle", "pixel_shuffle", "upscale_factor"),
    Row("PixelUnshuffle", "pixel_unshuffle", "downscale_factor"),
    Row("Upsample UpsamplingNearest2d", "upsample", "size scale_factor mode align_corners recompute_scale_factor:-"),
    Row("UpsamplingBilinear2d", "upsample", "size scale_factor", usual="mode=bilinear"),
    Row("ZeroPad1d ZeroPad2d ZeroPad3d", "pad", "padding:@last_first"),
    Row("ConstantPad1d ConstantPad2d ConstantPad3d", "pad", "padding:@last_first value", usual="mode=constant value=0"),
    Row("ReflectionPad1d ReflectionPad2d", "pad", "padding:@last_first", usual="mode=reflect"),
    Row("ReplicationPad1d ReplicationPad2d", "pad", "padding:@last_first", usual="mode=replicate"),
    Row("CircularPad1d CircularPad2d", "pad", "padding:@last_first", usual="mode=circular"),
    Row("CenterCrop", "crop", "size"),
    Row("Embedding", "embedding", "num_embeddings embedding_dim padding_idx:- max_norm:- norm_type:- sparse:-"),
    Row("MultiheadAttention", "multihead_attention",
        "embed_dim:- num_heads dropout:- bias add_bias_kv:- add_zero_attn:- kdim:- vdim:- batch_first:-"),
    Row("ShiftedWindowAttention", "window_attention", "dim:- window_size:window shift_size:shift num_heads"),
    Row("Unfold", "unfold", "kernel_size dilation padding stride", axes=2),
    Row("Fold", "fold", "output_size kernel_size dilation padding stride", axes=2),
    Row("RNN", "rnn", _RECURRENT.replace("num_layers", "num_layers nonlinearity")),
    Row("LSTM", "lstm", f"{_RECURRENT} proj_size"),
    Row("GRU", "gru", _RECURRENT),
    Row("SqueezeExcitation", "squeeze_excitation", "input_channels:- squeeze_channels:channels"),
    # functions, whose first argument is their input
    Row("relu", "relu", "input:- inplace:-"),
    Row("max_pool1d max_pool2d max_pool3d", "max_pool",
        "input:- kernel_size stride padding dilation ceil_mode return_indices:-"),
    Row("avg_pool1d avg_pool2d avg_pool3d", "avg_pool",
        "input:- kernel_size stride padding ceil_mode count_include_pad"),
    Row("adaptive_avg_pool1d adaptive_avg_pool2d", "adaptive_avg_pool", "input:- output_size"),
    Row("adaptive_max_pool1d adaptive_max_pool2d", "adaptive_max_pool", "input:- output_size"),
    Row("leaky_relu", "leaky_relu", "input:- negative_slope inplace:-"),
    Row("dropout", "dropout", "input:- p training:- inplace:-"),
    Row("softmax", "softmax", "input:- dim:@axis"),
    Row("log_softmax", "log_softmax", "input:- dim:@axis"),
    Row("interpolate", "upsample", "input:- size scale_factor mode align_corners"),
    Row("flatten", "flatten", "input:- start_dim:- end_dim:-"),
    Row("cat", "concat", "tensors:@inputs dim:@axis"),
    Row("mul", "multiply", "input:@inputs other:@inputs"),
    Row("sub", "subtract", "input:@inputs other:@inputs alpha:-"),
    Row("bmm mm", "matmul", "input:@inputs mat2:@inputs"),
    Row("maximum", "maximum", "input:@inputs other:@inputs"),
    Row("minimum", "minimum", "input:@inputs other:@inputs"),
    Row("div true_divide", "divide", "input:@inputs other:@inputs rounding_mode:-"),
    *(Row(name, name, "input:-") for name in ("exp", "log", "sqrt", "rsqrt", "square", "reciprocal", "abs", "sign",
                                              "neg", "sin", "cos")),
    Row("pow", "pow", "input:- exponent"),
    Row("clamp clip", "clamp", "input:- min max"),
    Row("Hardtanh", "clamp", "min_val:min max_val:max inplace:-", usual="min=-1 max=1"),
    Row("normalize", "l2_normalize", "input:- p:- dim:@axis eps"),
    Row("scaled_dot_product_attention", "attention",
        "query:@inputs key:@inputs value:@inputs attn_mask:@inputs dropout_p:- is_causal:causal scale enable_gqa:-"),
    Row("einsum", "einsum", "equation operand:@inputs other:@inputs"),
)  # fmt: skip

KERAS = (
    Row("Conv1D Conv2D Conv3D Convolution1D Convolution2D Convolution3D", "conv",
        f"filters:out_channels kernel_size strides:stride {_KERAS_CONV}"),
    Row("SeparableConv1D SeparableConv2D SeparableConvolution2D", "separable_conv",
        "filters:out_channels kernel_size strides:stride padding data_format:- dilation_rate:dilation "
        "depth_multiplier:multiplier activation:act use_bias:bias"),
    Row("LocallyConnected1D LocallyConnected2D", "locally_connected",
        "filters:out_channels kernel_size strides:stride padding data_format:- activation:act use_bias:bias"),
    Row("ConvLSTM1D ConvLSTM2D ConvLSTM3D", "conv_lstm", _KERAS_FRAMES, usual="returns=last"),
    Row("DepthwiseConv1D DepthwiseConv2D", "depthwise_conv",
        "kernel_size strides:stride padding depth_multiplier:multiplier data_format:- dilation_rate:dilation "
        "activation:act use_bias:bias"),
    Row("Conv1DTranspose Conv2DTranspose Conv3DTranspose", "conv_transpose",
        "filters:out_channels kernel_size strides:stride padding output_padding data_format:- dilation_rate:dilation "
        "activation:act use_bias:bias"),
    Row("Dense", "linear", "units:out_features activation:act use_bias:bias kernel_initializer:- bias_initializer:- "
        "kernel_regularizer:- input_dim:- input_shape:-"),
    Row("MaxPooling1D MaxPooling2D MaxPooling3D MaxPool1D MaxPool2D MaxPool3D", "max_pool",
        "pool_size:kernel_size strides:stride padding data_format:-", usual="kernel_size=2"),
    Row("AveragePooling1D AveragePooling2D AveragePooling3D AvgPool1D AvgPool2D AvgPool3D", "avg_pool",
        "pool_size:kernel_size strides:stride padding data_format:-", usual="kernel_size=2"),
    Row("GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D GlobalAvgPool1D GlobalAvgPool2D",
        "global_avg_pool", "data_format:- keepdims:keepdim"),
    Row("GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D GlobalMaxPool1D GlobalMaxPool2D",
        "global_max_pool", "data_format:- keepdims:keepdim"),
    Row("BatchNormalization", "batch_norm", _KERAS_NORM),
    Row("LayerNormalization", "layer_norm", "axis:- epsilon:eps center:- scale:- rms_scaling:-"),
    Row("GroupNormalization", "group_norm", "groups:num_groups axis:- epsilon:eps center:- scale:-",
        usual="num_groups=32"),
    Row("RMSNormalization", "rms_norm", "axis:- epsilon:eps"),
    Row("Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D", "dropout", "rate:p noise_shape:- seed:-"),
    Row("LeakyReLU", "leaky_relu", "negative_slope alpha:negative_slope"),
    Row("ELU", "elu", "alpha"),
    Row("Softmax", "softmax", "axis:@last_axis"),
    Row("Flatten", "flatten", "data_format:- input_shape:-"),
    Row("Reshape", "reshape", "target_shape:shape", note="Keras keeps the channels last, a spec first"),
    Row("UpSampling1D UpSampling2D UpSampling3D", "upsample", "size:scale_factor data_format:- interpolation:mode",
        usual="scale_factor=2"),
    Row("ZeroPadding1D ZeroPadding2D ZeroPadding3D", "pad", "padding:cells data_format:-", usual="cells=1"),
    Row("Cropping1D Cropping2D Cropping3D", "crop", "cropping:cells data_format:-"),
    Row("Embedding", "embedding", "input_dim:num_embeddings output_dim:embedding_dim embeddings_initializer:- "
        "mask_zero:- input_length:-"),
    Row("MultiHeadAttention", "multihead_attention", "num_heads key_dim:head_dim value_dim:- dropout:- use_bias:bias"),
    Row("SimpleRNN", "rnn", _KERAS_RNN, usual="returns=last biases=1"),
    Row("LSTM", "lstm", _KERAS_RNN, usual="returns=last biases=1"),
    Row("GRU", "gru", f"{_KERAS_RNN} reset_after", usual="returns=last"),
    Row("Add", "add", "inputs:@inputs"),
    Row("Multiply", "multiply", "inputs:@inputs"),
    Row("Subtract", "subtract", "inputs:@inputs"),
    Row("Maximum", "maximum", "inputs:@inputs"),
    Row("Minimum", "minimum", "inputs:@inputs"),
    Row("Average", "average", "inputs:@inputs"),
    Row("UnitNormalization", "l2_normalize", "axis:@last_axis"),
    Row("Concatenate", "concat", "axis:@last_axis inputs:@inputs"),
    Row("Rescaling", "scale", "scale:by offset:plus"),
    Row("PositionEmbedding", "position_embedding", "sequence_length:-"),
)  # fmt: skip

CAFFE = (
    Row("Convolution", "conv", "num_output:out_channels kernel_size stride pad:padding dilation group:groups "
        "bias_term:bias weight_filler:- bias_filler:-"),
    Row("Deconvolution", "conv_transpose", "num_output:out_channels kernel_size stride pad:padding group:groups "
        "bias_term:bias weight_filler:- bias_filler:-"),
    Row("InnerProduct FullyConnected", "linear", "num_output:out_features bias_term:bias weight_filler:- bias_filler:-",
        note="Caffe flattens first: put `flatten` before it"),
    Row("Pooling", "max_pool", "pool:@kind kernel_size stride pad:padding global_pooling:@global",
        usual="stride=1", note="Caffe rounds the size up: ceil_mode=yes where it does not divide"),
    Row("LRN", "local_response_norm", "local_size:size alpha beta k norm_region:-"),
    Row("BatchNorm", "batch_norm", "use_global_stats:- moving_average_fraction:- eps"),
    Row("Scale", "layer_scale", "axis:- bias_term:- filler:- bias_filler:-",
        note="after a BatchNorm of Caffe it is part of batch_norm: leave it out"),
    Row("Dropout", "dropout", "dropout_ratio:p"),
    Row("TanH", "tanh"),
    Row("PReLU", "prelu", "channel_shared:-"),
    Row("Concat", "concat", "axis:@axis inputs:@inputs"),
    Row("Eltwise", "add", "operation:@kind inputs:@inputs"),
    Row("Slice", "chunk", "chunks axis:@axis"),
    Row("Crop", "crop", "size"),
)  # fmt: skip

DARKNET = (
    Row("convolutional", "conv", "filters:out_channels size:kernel_size stride pad:@half padding groups "
        "batch_normalize:@batch_norm activation:act"),
    Row("local", "locally_connected", "filters:out_channels size:kernel_size stride pad:@half padding activation:act"),
    Row("connected", "linear", "output:out_features activation:act",
        note="Darknet flattens first: put `flatten` before it"),
    Row("maxpool", "max_pool", "size:kernel_size stride padding", usual="stride=1",
        note="Darknet pads a pooling by size - 1: padding=same where the size does not divide"),
    Row("avgpool", "global_avg_pool"),
    Row("dropout", "dropout", "probability:p"),
    Row("reorg", "space_to_depth", "stride:block_size", note="Darknet's reorg orders the values in its own way"),
    Row("upsample", "upsample", "stride:scale_factor"),
    Row("route", "concat", "layers:@inputs"),
    Row("shortcut", "add", "from:@inputs activation:act"),
)  # fmt: skip

TOOLS: dict[str, tuple[Row, ...]] = {"PyTorch": TORCH, "Keras": KERAS, "Caffe": CAFFE, "Darknet": DARKNET}
"""Tool -> its words."""
